package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.emulator.MirrorTable;

/** A machine activates a mirror of another size with the uuid of a log that others use: it waits, they write on. */
@Tag("cluster")
@Timeout(240)
class OtherGeometryTest {
    private static final String LINE = "the log is in use with another geometry";

    @Test
    void shouldHoldATableOfAnotherGeometryUntilTheOthersHaveLeft() throws Exception {
        try (Fleet fleet = Fleet.start(2)) {
            FleetMachine user = fleet.machine(1);
            user.load(Fleet.coreTable());
            user.resume();
            user.awaitInSync();
            fleet.write(1, Trouble.LANES);

            FleetMachine stranger = fleet.machine(2);
            stranger.load(MirrorTable.core(Fleet.UUID, Fleet.LENGTH_SECTORS / 2, Fleet.REGION_SECTORS));
            CompletableFuture<Void> resumed = CompletableFuture.runAsync(stranger::resume);
            fleet.await("a line about it", () -> fleet.node(2).lines().stream().anyMatch(line -> line.contains(LINE)));
            fleet.awaitWrites(Trouble.SOME, 1);
            assertFalse(resumed.isDone(), "it waits");
            assertEquals(Fleet.REGIONS, fleet.node(1).log(Fleet.UUID).path("regionCount").asLong());

            fleet.stopWriting();
            assertEquals(Fleet.REGIONS, user.syncCount(), "nothing of it was touched");
            user.suspend();
            user.remove();
            resumed.get(FleetMachine.CALL.toSeconds(), TimeUnit.SECONDS);
            assertEquals(Fleet.REGIONS / 2, fleet.node(2).log(Fleet.UUID).path("regionCount").asLong());
        }
    }
}
