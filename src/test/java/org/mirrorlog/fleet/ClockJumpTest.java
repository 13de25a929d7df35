package org.mirrorlog.fleet;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.health.HealthCode;

/** Wall clocks jump, forwards and back, while machines write one mirror: nothing depends on them. */
@Tag("cluster")
@Timeout(240)
class ClockJumpTest {
    private static final long HOUR = 3_600;
    private static final long DAY = 24 * HOUR;
    private static final long SLACK = 60;

    @Test
    void shouldNotCareWhatTheWallClocksSay() throws Exception {
        try (Fleet fleet = Fleet.startWithClocks(3, "mirrorlog.shutdown.force=true")) {
            fleet.activate(fleet.diskTable());
            fleet.write(Trouble.LANES);
            int owner = fleet.owner();
            int other = fleet.other(owner);

            jump(fleet, owner, HOUR);
            fleet.await("health to tell of it", () -> fleet.node(owner).json("/mirrorlog/health").toString()
                    .contains(HealthCode.CLOCK_JUMP.name()));
            jump(fleet, other, -DAY);
            jump(fleet, owner, -2 * HOUR);
            jump(fleet, other, 20 * 365 * DAY);
            fleet.audit("wall clocks that jump");

            // A daemon that starts a day before its former start, then a machine that boots before its former boot.
            fleet.write(Trouble.LANES);
            jump(fleet, owner, -DAY);
            fleet.node(owner).kill();
            fleet.node(owner).start();
            fleet.awaitWrites(Trouble.SOME);
            fleet.audit("a daemon that starts before its former start");

            fleet.write(Trouble.LANES);
            jump(fleet, other, -2 * DAY);
            Trouble.MACHINE_DIED.befall(fleet);
        }
    }

    /** Akka reads the clock that it answers with once a second. */
    private static void jump(Fleet fleet, int node, long aheadSeconds) {
        fleet.node(node).setClock(aheadSeconds);
        fleet.await("the clock of node " + node + " to jump",
                () -> Math.abs(fleet.node(node)
                        .clockSeconds() - System.currentTimeMillis() / 1_000 - aheadSeconds) < SLACK);
        fleet.awaitWrites(Trouble.SOME);
    }
}
