package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;
import org.mirrorlog.TablesProgram;

/** A machine dies with marks: frozen until somebody says that it is dead, then resynced (S15, S16, D11, D16, R2). */
@Tag("cluster")
@Timeout(420)
class DeathTest {
    private static final int DEAD = 3;
    private static final int TWIN = 4;

    @TempDir
    private Path directory;

    private static void act(Fleet fleet, String node, String verb) {
        FleetMachine machine = IntStream.rangeClosed(1, fleet.count())
                .filter(i -> fleet.node(i).name().equals(node)).mapToObj(fleet::machine).findFirst().orElseThrow();
        switch (verb) {
            case "suspend" -> machine.suspend();
            case "resume" -> machine.resume();
            case "kick" -> machine.kick();
            default -> throw new IllegalArgumentException(verb);
        }
    }

    private static JsonNode log(Fleet fleet) {
        return fleet.node(1).log(Fleet.UUID);
    }

    /**
     * Three machines write; one of them loses its power in the middle of it. Returns how many regions it had marked.
     */
    private static long dieWithMarks(Fleet fleet) {
        fleet.activate(Fleet.coreTable());
        fleet.write(4);
        fleet.awaitWrites(200);
        fleet.cutPower(DEAD);
        fleet.awaitMembers(2);
        fleet.awaitWrites(100, 1, 2);
        long marks = fleet.node(1).json("/mirrorlog/nodes/" + fleet.node(DEAD).name()).at("/runs/0/marks").asLong();
        assertTrue(marks > 0, "it died in the middle of writes");
        return marks;
    }

    /** The only machine that ever wrote dies: no survivor does anything by itself. */
    @Test
    void l5ShouldResyncThoughTheSurvivorsAreIdle() throws Exception {
        try (TablesProgram tables = new TablesProgram(directory);
             Fleet fleet = Fleet.start(3, "mirrorlog.after-death=reactivate", tables.setting())) {
            tables.serve((node, verb) -> act(fleet, node, verb));
            fleet.activate(Fleet.coreTable());
            fleet.write(DEAD, 8);
            fleet.awaitWrites(200, DEAD);
            fleet.cutPower(DEAD);
            fleet.awaitMembers(2);

            assertEquals(0, fleet.node(1).mirrorlogctl("fence-confirm", fleet.node(DEAD).name(), "--yes",
                    "--power-is-off").status());

            fleet.await("the log to hear of it",
                    () -> !fleet.node(1).json("/mirrorlog/deaths").path("deaths").isEmpty());
            fleet.await("both survivors to be resumed anew", () -> tables.done().stream()
                    .filter(call -> call.endsWith("resume")).distinct().count() == 2);
            fleet.await("resync", () -> log(fleet).path("inSync").asLong() == Fleet.REGIONS);
            fleet.boot(DEAD);
            fleet.machine(DEAD).load(Fleet.coreTable());
            fleet.machine(DEAD).resume();
            fleet.audit("a machine died with marks, idle survivors were reactivated");
        }
    }

    @Test
    void d22ShouldResyncWhatTheDeadHadMarkedWhileTheSurvivorsWrite() throws Exception {
        try (TablesProgram tables = new TablesProgram(directory);
             Fleet fleet = Fleet.start(3, "mirrorlog.after-death=reactivate", tables.setting())) {
            tables.serve((node, verb) -> act(fleet, node, verb));
            dieWithMarks(fleet);

            Commands.Ended confirmed = fleet.node(2).mirrorlogctl("fence-confirm", fleet.node(DEAD).name(), "--yes",
                    "--power-is-off");
            assertEquals(0, confirmed.status(), confirmed.text());

            fleet.await("both survivors to be resumed anew", () -> tables.done().stream()
                    .filter(call -> call.endsWith("resume")).distinct().count() == 2);
            fleet.await("resync under load", () -> log(fleet).path("inSync").asLong() == Fleet.REGIONS);
            fleet.awaitWrites(100, 1, 2);
            fleet.boot(DEAD);
            fleet.machine(DEAD).load(Fleet.coreTable());
            fleet.machine(DEAD).resume();
            fleet.audit("a machine died with marks, writing survivors were reactivated");
        }
    }

    @Test
    void s16ShouldResyncWhatTheDeadHadMarkedWhenTheSurvivorsHaveResumed() throws Exception {
        try (Fleet fleet = Fleet.start(3)) {
            long marks = dieWithMarks(fleet);
            String dead = fleet.node(DEAD).name();
            assertEquals(Fleet.REGIONS, log(fleet).path("inSync").asLong(), "S15: frozen, no more");

            assertEquals(1, fleet.node(1).mirrorlogctl("fence-confirm", fleet.node(2).name(), "--yes").status());
            assertEquals(2, fleet.node(1).mirrorlogctl("fence-confirm", dead).status());
            assertEquals(Fleet.REGIONS, log(fleet).path("inSync").asLong(), "nothing was meant yet");
            assertEquals(2, fleet.node(1).mirrorlogctl("fence-confirm", dead, "--yes").status(), "it may write");
            assertEquals(4, fleet.node(1).mirrorlogctl("status").status());
            Commands.Ended confirmed = fleet.node(2).mirrorlogctl("fence-confirm", dead, "--yes", "--power-is-off");
            assertEquals(0, confirmed.status(), confirmed.text());

            fleet.await("the log to hear of it", () -> log(fleet).path("inSync").asLong() == Fleet.REGIONS - marks);
            assertTrue(log(fleet).path("dirty").asLong() >= marks, log(fleet).toString());
            assertEquals(1, fleet.node(1).json("/mirrorlog/deaths").path("deaths").size(),
                    "known on the other node too");
            fleet.awaitWrites(100, 1, 2);
            assertEquals(Fleet.REGIONS - marks, log(fleet).path("inSync").asLong(), "R2: not before all have resumed");
            fleet.machine(1).suspend();
            fleet.machine(2).suspend();
            fleet.machine(1).resume();
            fleet.machine(2).resume();
            fleet.await("resync", () -> log(fleet).path("inSync").asLong() == Fleet.REGIONS);

            fleet.boot(DEAD);
            fleet.machine(DEAD).load(Fleet.coreTable());
            fleet.machine(DEAD).resume();
            fleet.audit("a machine died with marks, was confirmed dead, the survivors resumed");
            d16TwinIsNotTheOneThatIsCutOff(fleet);
        }
    }

    /** A new host is given the name of one that is merely cut off: daemon and kernel run, and write once healed. */
    private static void d16TwinIsNotTheOneThatIsCutOff(Fleet fleet) {
        FleetNode cut = fleet.node(DEAD);
        fleet.write(4);
        fleet.awaitWrites(50);
        for (int other : new int[] {1, 2, TWIN}) {
            fleet.net().wall(cut.host(), fleet.net().host(other));
        }
        fleet.await("it to be removed", () -> cut.exits().contains(4));
        fleet.awaitWrites(50, 1, 2);
        try (FleetNode twin = fleet.newcomer(TWIN, "-Dmirrorlog.node-name=" + cut.name())) {
            twin.awaitReady();
            FleetMachine machine = fleet.machineOf(twin);
            machine.load(Fleet.coreTable());
            machine.resume();
            fleet.awaitWrites(50, 1, 2);

            assertTrue(IntStream.of(1, 2).anyMatch(i -> fleet.node(i).lines().stream().anyMatch(line ->
                    line.contains("WARN") && line.contains(cut.bootId()) && line.contains(", silent since 20")
                    && line.contains("has its name now, and nothing proves"))), fleet::state);
            assertFalse(fleet.node(1).json("/mirrorlog/deaths").toString().contains('"' + cut.bootId() + '"'));
            JsonNode run = run(fleet, cut);
            assertEquals("undecided", run.path("state").asText(), run.toString());
            assertTrue(run.path("marks").asLong() > 0, "its marks are kept: " + run);
            machine.remove();
            machine.vanish();
            twin.stop();
        }
        fleet.net().heal();
        fleet.awaitMembers(fleet.count());
        fleet.awaitWrites(50);
        assertEquals("up", run(fleet, cut).path("state").asText());
        fleet.audit("a twin of a machine that was cut off", Fleet.LIMIT);
    }

    private static JsonNode run(Fleet fleet, FleetNode node) {
        for (JsonNode run : fleet.node(1).json("/mirrorlog/nodes/" + node.name()).path("runs")) {
            if (run.path("bootId").asText().equals(node.bootId())) {
                return run;
            }
        }
        throw new AssertionError(node.bootId() + " is not known");
    }
}
