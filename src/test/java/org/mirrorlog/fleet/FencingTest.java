package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A death becomes known without an operator, where he has said how (D16). */
@Tag("cluster")
@Timeout(300)
class FencingTest {
    private static final int DEAD = 3;

    @TempDir
    private Path dir;

    /** Fails the first time. */
    private Path program() throws IOException {
        Path program = dir.resolve("fence");
        Files.writeString(program, """
                #!/bin/sh
                echo "$* $MIRRORLOG_BOOT_ID" >> %1$s/calls
                [ $(wc -l < %1$s/calls) -gt 1 ]
                """.formatted(dir));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }

    private static JsonNode deathsOn(FleetNode node) {
        return node.json("/mirrorlog/deaths").path("deaths");
    }

    private static void dieAndBeKnownToBeDead(Fleet fleet, String by) {
        fleet.activate(Fleet.coreTable());
        fleet.write(4);
        fleet.awaitWrites(100);

        fleet.cutPower(DEAD);

        fleet.await("both survivors to know of the death",
                () -> deathsOn(fleet.node(1)).size() == 1 && deathsOn(fleet.node(2)).size() == 1);
        assertEquals(by, deathsOn(fleet.node(1)).get(0).path("by").asText());
        assertEquals(fleet.node(DEAD).bootId(), deathsOn(fleet.node(2)).get(0).path("bootId").asText());
        fleet.await("the log to hear of it", () -> fleet.node(1).log(Fleet.UUID).path("instances").size() == 2);
        fleet.awaitWrites(100, 1, 2);
    }

    private static void comeBack(Fleet fleet, String scenario) {
        fleet.boot(DEAD);
        fleet.machine(DEAD).load(Fleet.coreTable());
        fleet.machine(DEAD).resume();
        fleet.audit(scenario);
    }

    @Test
    void d16ShouldHaveOneNodeFenceARemovedOneUntilThatSucceeds() throws Exception {
        try (Fleet fleet = Fleet.start(3, "mirrorlog.fencing=command", "mirrorlog.fence-command.line.0=" + program(),
                "mirrorlog.fence-command.line.1=off", "mirrorlog.fence-command.retry-after=1 s")) {
            dieAndBeKnownToBeDead(fleet, "fencing command");

            String call = "off " + fleet.node(DEAD).name() + " " + fleet.node(DEAD).bootId();
            assertEquals(List.of(call, call), Files.readAllLines(dir.resolve("calls")));
            comeBack(fleet, "a machine died and was fenced at the second attempt");
        }
    }

    @Test
    void d16ShouldTakeARemovedNodeForDeadAfterItsBoundOnlyWhereToldSo() throws Exception {
        try (Fleet fleet = Fleet.start(3, "mirrorlog.fencing=downing-is-fencing", "mirrorlog.downing-bound=5 s")) {
            dieAndBeKnownToBeDead(fleet, "downing is fencing");

            assertTrue(fleet.node(1).lines().stream().anyMatch(line -> line.contains("is declared dead"))
                    ^ fleet.node(2).lines().stream().anyMatch(line -> line.contains("is declared dead")),
                    "one node says so");
            comeBack(fleet, "a machine died where the downing is its fencing");
        }
    }
}
