package org.mirrorlog.journal.postgres;

import akka.actor.ActorSystem;
import akka.persistence.jdbc.testkit.javadsl.SchemaUtils;
import akka.testkit.javadsl.TestKit;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import org.mirrorlog.journal.EncodedWrites;
import org.mirrorlog.journal.JournalSystem;
import org.mirrorlog.journal.LatencyBench;

/**
 * Measures one small event, one at a time: a bare insert, {@link PostgresJournal} and an event-sourced actor; then
 * events per second with several under way. Starts a PostgreSQL of its own, with fsync. Not a test:
 * {@code main(rounds)}.
 */
final class PostgresBench {

    private static final int SAMPLES = 2000;

    private PostgresBench() {
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        try (PostgresServer server = PostgresServer.start()) {
            for (int round = 1; round <= rounds; round++) {
                System.out.println("round " + round);
                insert(server);
                for (int logs : List.of(1, 16, 128)) {
                    journal(server, logs);
                }
                LatencyBench.actor(JournalSystem.config(PostgresServer.config(server.port(), server.database()),
                        Path.of("/nowhere")));
                jdbc(server);
            }
        }
    }

    /** The same actor on akka-persistence-jdbc. */
    private static void jdbc(PostgresServer server) throws Exception {
        String url = PostgresServer.url(server.port(), server.emptyDatabase());
        Config config = JournalSystem.config(ConfigFactory.parseString("""
                akka.persistence.journal.plugin = "jdbc-journal"
                akka.persistence.snapshot-store.plugin = "jdbc-snapshot-store"
                akka-persistence-jdbc.shared-databases.slick {
                  profile = "slick.jdbc.PostgresProfile$"
                  db { url = "%s", user = admin, password = "", driver = org.postgresql.Driver, numThreads = 5, maxConnections = 5
                       minConnections = 1 }
                }
                jdbc-journal.use-shared-db = slick
                jdbc-snapshot-store.use-shared-db = slick
                """.formatted(url)), Path.of("/nowhere"));
        ActorSystem system = ActorSystem.create("jdbc-schema", config);
        SchemaUtils.createIfNotExists(system).toCompletableFuture().get();
        TestKit.shutdownActorSystem(system);
        System.out.println("  akka-persistence-jdbc:");
        LatencyBench.actor(config);
    }

    private static void insert(PostgresServer server) throws Exception {
        String database = server.emptyDatabase();
        try (Connection connection = server.admin(database); Statement setUp = connection.createStatement()) {
            setUp.execute("CREATE TABLE bare (id text, nr bigint, event bytea, PRIMARY KEY (id, nr))");
            long[] ns = new long[SAMPLES];
            long start = System.nanoTime();
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO bare VALUES (?, ?, ?)")) {
                for (int i = 0; i < SAMPLES; i++) {
                    long before = System.nanoTime();
                    insert.setString(1, "log");
                    insert.setLong(2, i);
                    insert.setBytes(3, new byte[64]);
                    insert.executeUpdate();
                    ns[i] = System.nanoTime() - before;
                }
            }
            LatencyBench.print("bare insert, autocommit", ns, System.nanoTime() - start);
        }
    }

    private static void journal(PostgresServer server, int logs) throws Exception {
        PostgresSettings settings = PostgresSettings.read(JournalSystem.config(
                PostgresServer.config(server.port(), server.database()), Path.of("/nowhere")));
        try (PostgresJournal journal = PostgresJournal.open(settings, new ServerCheckTest.Lines(), System::nanoTime)) {
            LatencyBench.measure(logs, journal, (log, sequenceNr, event, done) -> journal.append(
                    new EncodedWrites(log, "writer", sequenceNr, List.of(event), List.of()), done::accept));
        }
    }
}
