package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.Commands;

/**
 * What docs/operations.md tells the operator of a cluster to do about a database that was put back or lost, in whole or
 * in part, done as it says while machines use a disk log; then it serves again, and calls nothing in sync that may not
 * be.
 */
@Tag("cluster")
@Timeout(300)
class ClusterRemediesTest {
    private static final List<String> TABLES = List.of("heads", "deletions", "events", "snapshots");
    private static final Path SCHEMA = Path.of("deploy/postgresql/schema.sql");
    /** Writes that take more commits than one write does. */
    private static final long MANY = 10L * Trouble.SOME;
    private static final String HISTORY = "mirrorlog|" + Fleet.UUID;
    /** Two starts of all daemons, and an operator. */
    private static final Duration AWAY = Duration.ofSeconds(120);
    /** It is said that the journal is too short. */
    private static final String[] EXPLAINED = {"the journal ends at commit", "persist", "AppendRefused", "append to",
        "it cannot be replayed"};

    private static Fleet fleet;

    @BeforeAll
    static void start() throws Exception {
        fleet = Fleet.start(2);
        fleet.activate(fleet.diskTable());
    }

    @AfterAll
    static void stop() throws IOException {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static String each(String sql) {
        return TABLES.stream().map(sql::formatted).collect(Collectors.joining(";"));
    }

    /** All tables as at one moment, as a dump has them. */
    private static void copyAs(String name) {
        fleet.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; CREATE SCHEMA " + name + ';'
                + each("CREATE TABLE " + name + ".%1$s AS TABLE mirrorlog.%1$s") + ";COMMIT");
    }

    private static void putBack(String name) {
        fleet.execute("BEGIN;" + each("TRUNCATE mirrorlog.%1$s") + ';'
                + each("INSERT INTO mirrorlog.%1$s TABLE " + name + ".%1$s") + ";COMMIT");
    }

    /** All daemons are away meanwhile; their kernels go on. */
    private static void whileStopped(Runnable what) {
        fleet.nodes().forEach(FleetNode::kill);
        what.run();
        fleet.nodes().forEach(node -> node.start());
        fleet.nodes().forEach(FleetNode::awaitReady);
    }

    private static void mustHold(String why) {
        fleet.await("a line that says why it is held", () -> fleet.nodes().stream()
                .anyMatch(node -> node.lines().stream().anyMatch(line -> line.contains(why))));
    }

    /** As "Adopting a log" says: one order on one node, then each mirror is suspended and resumed. */
    private static void adopt() throws IOException {
        Commands.Ended adopted = fleet.node(2).mirrorlogctl("adopt", Fleet.UUID, "--yes");
        assertEquals(0, adopted.status(), adopted.text());
        fleet.awaitWrites(Trouble.SOME);
        fleet.stopWriting();
        assertTrue(fleet.node(1).log(Fleet.UUID).path("inSync").asLong() < Fleet.REGIONS, "nothing is believed yet");
        fleet.reactivate();
        fleet.write(Trouble.LANES);
        fleet.awaitWrites(Trouble.SOME);
    }

    @Test
    void shouldServeAgainWithTheNewerDatabaseOrOnceAdoptedWhereAnOlderOneWasPutBack() throws IOException {
        fleet.write(Trouble.LANES);
        fleet.awaitWrites(Trouble.SOME);
        copyAs("older");
        fleet.giveUpMarks();
        fleet.write(Trouble.LANES);
        fleet.awaitWrites(Trouble.SOME);

        whileStopped(() -> {
            copyAs("newer");
            putBack("older");
        });
        mustHold("the journal ends at");
        whileStopped(() -> putBack("newer"));
        fleet.awaitWrites(Trouble.SOME);

        whileStopped(() -> putBack("older"));
        adopt();
        fleet.audit("an older database was put back, and the log adopted", AWAY, EXPLAINED);
    }

    /** The one that comes first has not used the log since the copy was made, and nobody is there who could tell it. */
    @Test
    void shouldHoldWhoKnowsMoreThanAnOlderDatabaseThoughItComesLate() throws IOException {
        fleet.stopWriting();
        fleet.giveUpMarks();
        fleet.machine(1).suspend();
        copyAs("earlier");
        fleet.write(2, Trouble.LANES);
        fleet.awaitWrites(MANY, 2);
        fleet.giveUpMarks();

        fleet.nodes().forEach(FleetNode::kill);
        putBack("earlier");
        fleet.node(1).start();
        fleet.node(1).awaitReady();
        fleet.machine(1).resume();
        fleet.write(1, 1);
        fleet.awaitWrites(1, 1);
        fleet.stopWriting();
        fleet.node(2).start();
        fleet.node(2).awaitReady();
        mustHold("the journal ends at commit");
        fleet.write(Trouble.LANES);
        adopt();

        fleet.audit("a node knew more than an older database that was put back, and the log was adopted", AWAY,
                EXPLAINED);
    }

    @Test
    void shouldServeAgainOnceAdoptedWhereAPartOfItsHistoryWasLost() throws IOException {
        fleet.write(Trouble.LANES);
        fleet.awaitWrites(Trouble.SOME);

        whileStopped(() -> fleet.execute("DELETE FROM mirrorlog.snapshots WHERE persistence_id = '" + HISTORY
                + "'; DELETE FROM mirrorlog.events WHERE persistence_id = '" + HISTORY + "' AND sequence_nr < (SELECT"
                + " head FROM mirrorlog.heads WHERE persistence_id = '" + HISTORY + "')"));
        mustHold("it cannot be replayed");
        adopt();

        fleet.audit("a part of the log's history was lost, and the log adopted", AWAY, EXPLAINED);
    }

    @Test
    void shouldServeAgainOnceAdoptedWhereTheDatabaseWasLost() throws IOException {
        fleet.write(Trouble.LANES);
        fleet.awaitWrites(Trouble.SOME);
        String schema = Files.readString(SCHEMA);

        whileStopped(() -> fleet.execute("DROP SCHEMA mirrorlog CASCADE;" + schema));
        mustHold("the journal ends at commit 0");
        adopt();

        fleet.audit("the database was lost and made anew, and the log adopted", AWAY, EXPLAINED);
    }
}
