package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The disk of the cluster's journal is full for a while: mirrors wait, and nothing is lost (2.4: hold, no error). */
@Tag("cluster")
@Timeout(240)
class FullJournalTest {
    @Test
    void shouldWaitWhileTheJournalsDiskIsFull() throws Exception {
        try (Fleet fleet = Fleet.startOnSmallDisk(2)) {
            fleet.activate(Fleet.coreTable());
            fleet.write(Trouble.LANES);
            fleet.awaitWrites(Trouble.SOME);
            fleet.giveUpMarks();

            fleet.server().fillDisk();
            fleet.write(Trouble.LANES);
            fleet.await("the nodes to say so", () -> fleet.nodes().stream()
                    .anyMatch(node -> node.lines().stream()
                            .anyMatch(line -> line.contains("No space left on device"))));
            Waiting.pause(3_000);
            assertTrue(fleet.nodes().stream().allMatch(FleetNode::isRunning), "no daemon gives up");
            fleet.server().freeDisk();
            fleet.server().up();
            fleet.awaitWrites(Trouble.SOME);

            fleet.audit("the journal's disk was full", "ostgres", "journal", "ersist", "onnection", "No space left");
        }
    }
}
