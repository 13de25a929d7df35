package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.Commands;

/** Who starts a cluster, and who waits for whom: with real daemons. Every order of them stands in the simulation. */
@Tag("cluster")
@Timeout(240)
class ColdStartTest {
    private static BareFleet fleet;

    @BeforeAll
    static void open() throws Exception {
        fleet = BareFleet.start();
    }

    @AfterAll
    static void close() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    @BeforeEach
    @AfterEach
    void reset() throws Exception {
        fleet.heal();
        fleet.reset();
    }

    private static void assertNoneEnded(int... which) {
        for (int i : which) {
            assertEquals(List.of(), fleet.node(i).exits(), fleet.node(i)::tail);
        }
    }

    /** A power failure of the whole room, after which the first seed does not come back. */
    @Test
    void shouldStartWithoutTheFirstSeed() {
        fleet.begin(1, 2, 3);
        fleet.awaitOneClusterOf(1, 2, 3);
        fleet.kill(1, 2, 3);

        fleet.begin(2, 3);

        fleet.awaitLine(2, "waits for the cluster of [" + fleet.endpoint(1) + "]", "mirrorlogd free-cluster");
        fleet.awaitOneClusterOf(2, 3);
        assertNoneEnded(2, 3);
    }

    @Test
    void shouldStartAfterASeedWasRetiredAndAnotherNodeAdded() {
        fleet.begin(1, 2, 3);
        fleet.awaitOneClusterOf(1, 2, 3);
        fleet.node(3).stop();
        fleet.begin(4);
        fleet.awaitOneClusterOf(1, 2, 4);
        fleet.kill(2, 4);

        fleet.begin(2, 4);

        fleet.awaitOneClusterOf(1, 2, 4);
    }

    /** The last one that leaves in order frees the row; whoever was killed is not waited for once it is back. */
    @Test
    void shouldWaitForNobodyWhereAllHaveLeftInOrderOrAreBack() throws Exception {
        fleet.begin(1, 2);
        fleet.awaitOneClusterOf(1, 2);
        fleet.node(1).stop();
        fleet.node(2).stop();
        String left = fleet.row();
        assertTrue(left == null || left.split(" ").length == 2, left);

        fleet.begin(2);
        fleet.awaitOneClusterOf(2);
        fleet.kill(2);
        fleet.begin(2);
        fleet.awaitOneClusterOf(2);

        assertFalse(fleet.node(2).lines().stream().anyMatch(line -> line.contains("waits for the cluster")));
    }

    @Test
    void shouldMakeOneClusterWhateverTheOrderOfTheirSeeds() {
        fleet.node(1, 3, 2, 1).start();
        fleet.node(2, 2).start();
        fleet.node(3, 1, 3, 2).start();

        fleet.awaitOneClusterOf(1, 2, 3);

        assertNoneEnded(1, 2, 3);
        shouldBeOneClusterAgainOnceAllHaveBeenKilledAtOnceAndStartedAgain();
    }

    /** Nobody is there to be joined: starts come together among themselves. */
    private void shouldBeOneClusterAgainOnceAllHaveBeenKilledAtOnceAndStartedAgain() {
        fleet.kill(1, 2, 3);
        fleet.begin(1, 2, 3);
        fleet.awaitOneClusterOf(1, 2, 3);
    }

    /** A living cluster out of reach is waited for, until an operator says that it is not. */
    @Test
    void shouldWaitForALivingClusterUntilItIsFreed() {
        fleet.begin(1);
        fleet.awaitOneClusterOf(1);
        fleet.wall(1, 2);
        fleet.begin(2);
        fleet.awaitLine(2, "waits for the cluster of [" + fleet.endpoint(1) + "]", "none of which is within reach");

        Commands.Ended near = fleet.freeCluster(2, "--yes");
        assertEquals(1, near.status(), near.text());
        assertTrue(near.text().contains("can be reached from here"), near.text());

        fleet.wall(0, 1);
        Commands.Ended shown = fleet.freeCluster(2);
        assertEquals(2, shown.status(), shown.text());
        assertTrue(shown.text().contains(fleet.endpoint(1)) && shown.text().contains("nothing was done"),
                shown.text());
        Commands.Ended freed = fleet.freeCluster(2, "--yes");
        assertEquals(0, freed.status(), freed.text());

        fleet.await("node 2 to found a cluster", () -> fleet.node(2).isReady());
        fleet.await("node 1 to end", () -> fleet.node(1).exits().contains(4));
        fleet.heal();
        fleet.awaitOneClusterOf(1, 2);
        assertNoneEnded(2);
    }

    /** As after a journal that was out of reach of one of them for long. */
    @Test
    void shouldMakeOneOfTwoClustersThatFormedBesideEachOther() throws Exception {
        fleet.begin(1);
        fleet.awaitOneClusterOf(1);
        fleet.node(1).freeze();
        fleet.sql("UPDATE mirrorlog.leases SET until = now() + interval '20 seconds', holder = 'v1 x ~"
                + fleet.endpoint(1) + "#1' WHERE name = 'cluster'");
        Commands.Ended starts = fleet.freeCluster(2, "--yes");
        assertEquals(1, starts.status(), starts.text());
        assertTrue(starts.text().contains("only start themselves"), starts.text());
        fleet.sql("DELETE FROM mirrorlog.leases");
        fleet.begin(2);
        fleet.awaitOneClusterOf(2);

        fleet.node(1).thaw();

        fleet.awaitOneClusterOf(1, 2);
        assertEquals(List.of(4), fleet.node(1).exits());
        assertNoneEnded(2);
        fleet.awaitLine(1, "the journal says that the cluster of [" + fleet.endpoint(2) + "] goes on");
    }

    @Test
    void shouldOutliveTheLossOfItsRowAndOfTheServer() throws Exception {
        fleet.begin(1);
        fleet.awaitOneClusterOf(1);
        fleet.sql("DELETE FROM mirrorlog.leases");
        fleet.awaitOneClusterOf(1);

        fleet.server().kill();
        fleet.begin(2);
        fleet.awaitLine(2, "journal");
        fleet.server().up();

        fleet.awaitOneClusterOf(1, 2);
        assertNoneEnded(1);
        Commands.Ended refused = fleet.freeCluster(2, "--yes", "now");
        assertEquals(2, refused.status(), refused.text());
    }

    @Test
    void shouldSayWhichRightItLacks() throws Exception {
        fleet.sql("REVOKE ALL ON mirrorlog.leases FROM mirrorlog");
        fleet.begin(1);
        fleet.awaitLine(1, "mirrorlog.leases", "permission denied");

        fleet.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON mirrorlog.leases TO mirrorlog");

        fleet.awaitOneClusterOf(1);
        assertNoneEnded(1);
    }

    /** It stands in the row already, and nobody is left who could make it a member. */
    @Test
    void shouldFoundAnewWhereThoseThatTakeItUpAreLostRightThen() {
        fleet.begin(1, 2);
        fleet.awaitOneClusterOf(1, 2);
        fleet.begin(3);
        fleet.await("the row to name node 3", () -> fleet.row().contains(fleet.endpoint(3)));
        fleet.kill(1, 2);

        fleet.awaitOneClusterOf(3);
        fleet.begin(2, 1);

        fleet.awaitOneClusterOf(1, 2, 3);
        assertNoneEnded(1, 2);
    }

    /** A third node has the list of the first two; a longer list is for all of them at once. */
    @Test
    void shouldGrowFromTwoNodesToThreeAndThenHaveThreeSeeds() {
        for (int i : List.of(1, 2, 3)) {
            fleet.node(i, 1, 2).start();
        }
        fleet.awaitOneClusterOf(1, 2, 3);
        fleet.kill(1);
        fleet.awaitOneClusterOf(2, 3);
        fleet.begin(1);
        fleet.awaitOneClusterOf(1, 2, 3);

        for (int i : List.of(3, 1, 2)) {
            fleet.node(i).stop();
            fleet.forget(i);
        }
        fleet.begin(3, 2, 1);

        fleet.awaitOneClusterOf(1, 2, 3);
        assertNoneEnded(1, 2, 3);
    }

    /** As where a machine was renamed: its old name stays in the lists, and stands first in them. */
    @Test
    void shouldStartAndRestartThoughASeedHasNeverBeen() {
        fleet.node(1, 5, 2, 1).start();
        fleet.node(2, 5, 1, 2).start();
        fleet.awaitOneClusterOf(1, 2);
        fleet.node(2).stop();
        fleet.node(3, 5, 2, 1).start();
        fleet.awaitOneClusterOf(1, 3);
        fleet.kill(1, 3);

        fleet.begin(2, 3);

        fleet.awaitOneClusterOf(2, 3);
        assertNoneEnded(2, 3);
    }

    /** One part goes on, whichever it is, and the others are back once all reach each other. */
    @Test
    void shouldBeOneClusterOnceTheTwoThatDidNotReachEachOtherDo() {
        fleet.begin(1, 2);
        fleet.awaitOneClusterOf(1, 2);
        fleet.wall(1, 3);
        fleet.begin(3);
        fleet.await("the row to name node 3", () -> fleet.row().contains(fleet.endpoint(3)));
        fleet.await("some node to serve", () -> fleet.node(1).isReady() || fleet.node(2).isReady()
                || fleet.node(3).isReady());

        fleet.heal();

        fleet.awaitOneClusterOf(1, 2, 3);
    }
}
