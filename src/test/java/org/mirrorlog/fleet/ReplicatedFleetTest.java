package org.mirrorlog.fleet;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three machines write one mirror, and their daemons keep the journal among themselves. */
@Tag("cluster")
@Timeout(420)
class ReplicatedFleetTest {

    @Test
    void shouldWriteOnAndLoseNothingWhicheverDaemonIsKilled() throws Exception {
        try (Fleet fleet = Fleet.startReplicated(3)) {
            fleet.activate(fleet.diskTable());
            fleet.write(4);
            fleet.awaitWrites(200);
            fleet.audit("three daemons without a database");

            // The owner's; and each: one of them leads the journal.
            List<Integer> victims = List.of(fleet.owner(), 1, 2, 3);
            for (int victim : victims) {
                fleet.write(4);
                fleet.awaitWrites(20);
                fleet.node(victim).kill();
                fleet.awaitWrites(100, IntStream.rangeClosed(1, 3).filter(i -> i != victim).toArray());
                fleet.node(victim).start();
                fleet.awaitWrites(50);
                fleet.audit("node " + victim + " killed");
            }

            fleet.nodes().forEach(FleetNode::kill);
            fleet.nodes().forEach(FleetNode::start);
            fleet.write(4);
            fleet.awaitWrites(50);
            fleet.audit("all killed at a moment");
        }
    }
}
