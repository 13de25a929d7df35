package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.Commands;
import org.mirrorlog.posix.ProcessMemory;
import org.mirrorlog.process.DaemonThreads;

/** Two machines, one mirror. */
@Tag("cluster")
@Timeout(240)
class TwoNodesTest {
    @Test
    void shouldBeOneLogForTwoMachinesThatWriteOneMirror() throws Exception {
        try (Fleet fleet = Fleet.start(2)) {
            assertFlushers(fleet);
            emulateOnBoth(fleet);
            fleet.activate(Fleet.coreTable());
            fleet.write(4);
            fleet.awaitWrites(300);

            fleet.audit("two machines write one mirror");

            int owner = fleet.owner();
            assertEquals(2, fleet.node(owner).log(Fleet.UUID).path("instances").size());
            assertTrue(fleet.node(fleet.other(owner)).counter("tables.rounds.FLUSH") >= 0);

            fleet.write(4);
            BadDatagrams.send(fleet, fleet.node(owner));
            Siege.lay(fleet, Siege.Gate.remoting(fleet.node(owner)));
            // Akka's line about each connection that ends in the middle of what it has begun.
            fleet.audit("a siege of the listeners that StrangersTest does not have", "TcpFraming.*truncated data");
            assertEquals(0, fleet.node(1).exits().size() + fleet.node(2).exits().size());
        }
    }

    /** S24: started as users start it, each thread of the JVM, its collector's too. */
    private static void assertFlushers(Fleet fleet) throws IOException {
        if (ProcessMemory.ioFlusher().errno() != 0) {
            return; // nobody may ask for it here
        }
        for (FleetNode node : fleet.nodes()) {
            assertEquals(0, DaemonThreads.thatMayWait(node.pid()), node.name());
        }
    }

    /** {@code mirrorlogd emulate} with both sockets: another mirror of both machines. */
    private static void emulateOnBoth(Fleet fleet) throws IOException {
        String said = Commands.run(List.of("deploy/run", "emulate", "--regions=16", "--seconds=2",
                "--socket=" + fleet.node(1).socket(), "--socket=" + fleet.node(2).socket()));
        assertTrue(said.contains("good: ") && said.contains("writes/s on 2 machines"), said);
        assertTrue(fleet.nodes().stream().allMatch(node -> node.counter("tables.requests.FLUSH") > 0),
                "each has written");
    }

    @Test
    void shouldLetTheOneGoOnThatTheJournalHearsFirst() throws Exception {
        try (Fleet fleet = Fleet.start(2)) {
            fleet.activate(Fleet.coreTable());
            fleet.write(4);
            fleet.awaitWrites(40);

            fleet.net().wall(fleet.node(1).host(), fleet.node(2).host());
            fleet.await("one of them to be removed",
                    () -> fleet.nodes().stream().anyMatch(node -> node.exits().contains(4)));
            int removed = fleet.node(1).exits().contains(4) ? 1 : 2;
            fleet.awaitWrites(40, 3 - removed);
            assertEquals(0, fleet.node(3 - removed).exits().size(), "the other one goes on");
            fleet.net().heal();
            fleet.awaitWrites(40);
            fleet.audit("partition 1+1");

            // Whichever it is: also the one with the lower address, and the older one.
            for (int i = 1; i <= 2; i++) {
                fleet.awaitFreeArbiter();
                fleet.write(4);
                fleet.node(i).kill();
                fleet.awaitWrites(40, 3 - i);
                fleet.node(i).start();
                fleet.awaitWrites(40);
                fleet.audit("one of two killed");
            }
        }
    }
}
