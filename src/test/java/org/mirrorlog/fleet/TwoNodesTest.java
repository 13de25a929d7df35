package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two machines, one mirror. */
@Tag("slow")
@Timeout(240)
class TwoNodesTest {
    @Test
    void shouldBeOneLogForTwoMachinesThatWriteOneMirror() throws Exception {
        try (Fleet fleet = Fleet.start(2)) {
            fleet.activate(Fleet.coreTable());
            fleet.write(4);
            fleet.awaitWrites(300);

            fleet.audit("two machines write one mirror");

            int owner = fleet.owner();
            assertEquals(2, fleet.node(owner).log(Fleet.UUID).path("instances").size());
            assertTrue(fleet.node(fleet.other(owner)).counter("tables.rounds.FLUSH") >= 0);
        }
    }
}
