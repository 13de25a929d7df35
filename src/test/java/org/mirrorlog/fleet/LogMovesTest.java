package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A log on a shared device moves with its users, while they write. */
@Tag("cluster")
@Timeout(300)
class LogMovesTest {
    @Test
    void shouldMoveWhenItsOwnersMachineLeavesAndWhenItsOwnerStopsInOrder() throws Exception {
        try (Fleet fleet = Fleet.start(2, "mirrorlog.shutdown.force=true")) {
            fleet.activate(fleet.diskTable());
            int first = fleet.owner();
            int second = fleet.other(first);
            fleet.write(second, 4);
            fleet.awaitWrites(100, second);

            fleet.machine(first).suspend();
            long began = System.nanoTime();
            fleet.await("the log to move", () -> fleet.node(second).log(Fleet.UUID).path("owner").asText()
                    .equals(fleet.node(second).name()));
            System.out.println("the log moved " + (System.nanoTime() - began) / 1_000_000
                    + " ms after its owner's machine left");
            fleet.awaitWrites(100, second);

            fleet.machine(first).resume();
            fleet.write(first, 4);
            fleet.awaitWrites(100);
            assertEquals(second, fleet.owner(), "it stays where it is used");

            assertEquals(0, fleet.node(second).stop());
            fleet.awaitWrites(100, first);
            fleet.await("the log to move", () -> fleet.node(first).log(Fleet.UUID).path("owner").asText()
                    .equals(fleet.node(first).name()));
            shouldBeKnownToWriteOn(fleet, first, fleet.node(second));
            fleet.node(second).start();
            fleet.node(second).awaitReady();
            fleet.awaitWrites(100);

            fleet.audit("the owner's machine leaves, the owner stops in order");
        }
    }

    /** A daemon that was stopped says nothing about its kernel. */
    private static void shouldBeKnownToWriteOn(Fleet fleet, int witness, FleetNode stopped) {
        fleet.await("a line about the node that was stopped", () -> fleet.node(witness).lines().stream()
                .anyMatch(line -> line.contains("node " + stopped.name() + " (boot id " + stopped.bootId())
                        && line.contains("its daemon was stopped while its kernel uses [" + Fleet.UUID + "]")));
        JsonNode run = fleet.node(witness).json("/mirrorlog/nodes/" + stopped.bootId()).at("/runs/0");
        assertEquals("undecided", run.path("state").asText(), run.toString());
        assertTrue(run.path("isPowerOffNeeded").asBoolean(), run.toString());
        assertTrue(run.hasNonNull("silentSince"), run.toString());
    }
}
