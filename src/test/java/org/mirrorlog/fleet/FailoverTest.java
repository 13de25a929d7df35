package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three machines write one mirror while daemons are killed, paused, cut off and restarted; and so is PostgreSQL. */
@Tag("slow")
@Timeout(240)
class FailoverTest {
    private static final long SOME = 40;
    /** A journal that is away is told by each node that needs it, and by whoever waits for its owner. */
    private static final String[] JOURNAL_AWAY = {"ostgres", "journal", "persist", "Persist", "onnection"};

    private static Fleet fleet;
    private static boolean isBroken;

    @BeforeAll
    static void start() throws Exception {
        fleet = Fleet.start(3, "mirrorlog.shutdown.force=true");
        fleet.activate(fleet.diskTable());
    }

    @AfterAll
    static void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    /** A fleet that one scenario has left broken says nothing about the next one. */
    @BeforeEach
    void write() {
        assumeFalse(isBroken, "an earlier scenario has left the fleet broken");
        isBroken = true;
        fleet.write(4);
        fleet.awaitWrites(SOME);
        isBroken = false;
    }

    @AfterEach
    void heal() {
        fleet.net().heal();
        fleet.proxy().cutNothing();
    }

    private int[] allBut(int one) {
        return IntStream.rangeClosed(1, fleet.count()).filter(i -> i != one).toArray();
    }

    @Test
    void shouldGoOnWithoutTheOwnersDaemon() {
        int owner = fleet.owner();

        fleet.node(owner).kill();
        fleet.awaitWrites(SOME, allBut(owner));
        fleet.node(owner).start();
        fleet.awaitWrites(SOME);

        fleet.audit("kill -9 of the owner");
    }

    @Test
    void shouldGoOnWithoutAnotherDaemonThatHoldsMarks() {
        int other = fleet.other(fleet.owner());

        fleet.node(other).kill();
        fleet.awaitWrites(SOME, allBut(other));
        fleet.node(other).start();
        fleet.awaitWrites(SOME);

        fleet.audit("kill -9 of another node");
    }

    @Test
    void shouldTakeAnOwnerBackThatWasPaused() {
        pauseOwner(5_000);
    }

    @Test
    void shouldNotBelieveAnOwnerThatWasReplacedWhileItWasPaused() {
        pauseOwner(12_000);
    }

    private static void pauseOwner(long ms) {
        int owner = fleet.owner();

        fleet.node(owner).freeze();
        Waiting.pause(ms);
        fleet.node(owner).thaw();
        fleet.awaitWrites(SOME);

        fleet.audit("SIGSTOP of the owner for " + ms + " ms", "AppendRefused", "head is", "persist");
    }

    @Test
    void shouldLetTheMajorityGoOnAndTheOthersComeBack() {
        // The first seed: it may not start a cluster of its own.
        for (int i : allBut(1)) {
            fleet.net().wall(fleet.node(1).host(), fleet.node(i).host());
        }

        fleet.awaitWrites(SOME, allBut(1));
        fleet.await("the minority to be removed", () -> fleet.node(1).exits().contains(4));
        fleet.awaitWrites(SOME, allBut(1));
        fleet.net().heal();
        fleet.awaitWrites(SOME);

        fleet.audit("partition 2+1");
    }

    @Test
    void shouldWaitForPostgresql() throws Exception {
        fleet.server().stop();
        Waiting.pause(20_000);
        fleet.server().up();
        fleet.awaitWrites(SOME);

        fleet.audit("PostgreSQL stopped for 20 s", JOURNAL_AWAY);
    }

    @Test
    void shouldLoseNothingWithAConnectionThatIsCutAfterACommit() {
        for (int i = 0; i < 3; i++) {
            // Where every region is marked already, nothing is committed any more.
            fleet.stopWriting();
            fleet.await("all marks to be given up", () -> fleet.node(1).log(Fleet.UUID).path("dirty").asLong() == 0);
            fleet.proxy().cutAnswerTo("mirrorlog|" + Fleet.UUID);
            fleet.write(4);
            fleet.await("the connection to be cut", () -> fleet.proxy().hasCut());
            fleet.awaitWrites(SOME);
        }

        fleet.audit("PostgreSQL's connection cut after a commit", JOURNAL_AWAY);
    }

    @Test
    void shouldGoOnAfterARestartOfAllNodes() {
        fleet.nodes().forEach(FleetNode::kill);
        fleet.nodes().forEach(node -> node.start());
        fleet.awaitWrites(SOME);

        fleet.audit("restart of all nodes");
    }

    @Test
    void shouldWriteOnThroughARollingRestart() {
        for (FleetNode node : fleet.nodes()) {
            assertEquals(0, node.stop(), node::tail);
            node.start();
            node.awaitReady();
            fleet.awaitWrites(SOME);
        }

        fleet.audit("rolling restart");
        assertTrue(fleet.owner() > 0);
    }
}
