package org.mirrorlog.journal.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.journal.JournalSystem;
import org.mirrorlog.journal.OwnerContract;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.owner.ActorRecipient;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.LogOwner;
import org.mirrorlog.owner.OwnerBackoff;
import org.mirrorlog.owner.OwnerCommand;
import org.mirrorlog.owner.OwnerPorts;
import org.mirrorlog.owner.OwnerSettings;
import org.mirrorlog.owner.Placement;
import org.mirrorlog.protocol.LogSpec;

/** An event-sourced actor on PostgreSQL's journal. */
@Tag("slow")
class PostgresOwnerTest extends OwnerContract {

    private static PostgresServer server;
    private String database;

    @BeforeAll
    static void startServer() throws Exception {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected Config config() {
        try {
            database = database == null ? server.database() : database;
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
        return JournalSystem.config(PostgresServer.config(server.port(), database), Path.of("/nowhere"));
    }

    private long number(String sql) {
        try {
            return Long.parseLong(server.query(database, sql));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected long deletedTo(String id) {
        return number("SELECT coalesce(max(deleted_to), 0) FROM mirrorlog.deletions WHERE persistence_id = '"
                + id + "'");
    }

    @Override
    protected long snapshots(String id) {
        return number("SELECT count(*) FROM mirrorlog.snapshots WHERE persistence_id = '" + id + "'");
    }

    @Override
    protected void damageSnapshots(String id) {
        try {
            server.execute(database, "UPDATE mirrorlog.snapshots SET snapshot ="
                    + " set_byte(snapshot, length(snapshot) - 1, 1 # get_byte(snapshot, length(snapshot) - 1))");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    // --- a large log ----------------------------------------------------------------------------------------------

    /** Above 33 Mi regions one noisy set takes more than a frame of Akka's, or a group of the embedded journal's. */
    private static final long REGIONS = 34L << 20;
    private static final LogSpec LARGE = new LogSpec(REGIONS * 2, LogSpec.LogType.CORE, Optional.empty(), 2,
            LogSpec.SyncMode.NOSYNC, false);
    /** RESUME, marks, rejoin, leave; a snapshot is made after each second one. */
    private static final long COMMITS = 4;
    private static final String NOISY = "LVM-noisy";
    private static final InstanceId TABLE = new InstanceId("boot-a", 1);

    private static RegionSet noise(long seed) {
        byte[] bits = new byte[(int) (REGIONS / 8)];
        new Random(seed).nextBytes(bits);
        return RegionSet.fromBits(ByteBuffer.wrap(bits), 0, REGIONS);
    }

    /** An owner of the large log, with the daemon's own settings, and the table that asks it. */
    private final class Large implements AutoCloseable {
        private final ActorTestKit system = ActorTestKit.create("large", PostgresServer.config(server.port(), database,
                "akka.actor.provider = local", "akka.coordinated-shutdown.exit-jvm = off",
                "mirrorlog.data-dir = /nowhere").withFallback(ConfigFactory.load()).resolve());
        private final TestProbe<FromOwner> answers = system.createTestProbe(FromOwner.class);
        private final long daemonStart;
        private final ActorRef<OwnerCommand> owner;
        private long number;

        Large(long daemonStart) {
            this.daemonStart = daemonStart;
            OwnerSettings settings = new OwnerSettings("a/" + daemonStart, TABLE.incarnation(), "test",
                    new UUID(1, 2), true, Set.of(), Optional.empty(), 2, Duration.ofHours(1));
            owner = system.spawn(LogOwner.create(NOISY, settings, new OwnerPorts(
                    new LogDevices(Runnable::run, true), new DeathList(), Placement.NONE,
                    new OwnerBackoff(1, () -> 0))));
        }

        Answer ask(long session, Ask ask) {
            owner.tell(new OwnerCommand.Ask(new Round(NOISY, TABLE, "a", daemonStart, session, ++number, 0, 0,
                    RegionSet.empty(), ask), true, new ActorRecipient<>(answers.getRef())));
            return ((RoundAnswer) answers.receiveMessage(PostgresServer.LIMIT)).answer();
        }

        @Override
        public void close() {
            system.shutdownTestKit();
        }
    }

    /** As one that was marked all over and is written on one leg: in an event, in a snapshot, and back from both. */
    @Test
    @Timeout(120)
    void shouldKeepTheNoisyMapOfALargeLog() {
        RegionSet noise = noise(1);
        RegionSet torn = noise(2);
        config();
        long session;
        try (Large large = new Large(1)) {
            session = assertInstanceOf(Answer.Joined.class, large.ask(0, new Ask.Resume(LARGE))).session();
            assertEquals(new Answer.Done(), large.ask(session, new Ask.Mark(noise)));
        }
        try (Large large = new Large(2)) {
            Answer.Joined back = assertInstanceOf(Answer.Joined.class,
                    large.ask(session, new Ask.Rejoin(LARGE, session, noise, 0, torn)));
            assertEquals(torn, back.grants());
            assertEquals(new Answer.Done(), large.ask(session, new Ask.Leave()));
            await("a snapshot of it").until(() -> number("SELECT coalesce(max(sequence_nr), 0) FROM mirrorlog.snapshots"
                    + " WHERE persistence_id = 'mirrorlog|" + NOISY + "'") == COMMITS);
        }
        try (Large large = new Large(3)) {
            Answer.Joined joined = assertInstanceOf(Answer.Joined.class, large.ask(session, new Ask.Resume(LARGE)));
            assertEquals(noise.with(torn), joined.unsynced(), "all that was marked, or torn");
            assertEquals(torn, joined.grants());
        }
    }
}
