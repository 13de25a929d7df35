package org.mirrorlog.journal.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.File;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalSystem;

class PostgresSettingsTest {

    private static final Set<String> OURS = Set.of("url", "user", "password", "password-file", "synchronous-commit",
            "accept-unsafe-server", "connections", "max-group-bytes", "max-queue-bytes", "start-within", "hold-for",
            "connect-timeout", "answer-timeout", "longest-reconnect-delay", "stalled-after");

    private static Config config(String... overrides) {
        return JournalSystem.config(PostgresServer.config(5432, "mirrorlog", overrides), Path.of("/nowhere"));
    }

    @Test
    void shouldAcceptTheShippedSettings() throws JournalException {
        PostgresSettings settings = PostgresSettings.read(config());

        assertEquals("postgresql://127.0.0.1:5432/mirrorlog", settings.server().name());
        assertEquals("on", settings.synchronousCommit());
        assertFalse(settings.isUnsafeServerAccepted());
        assertTrue(JournalExtension.problems(config()).isEmpty());
    }

    @Test
    void shouldShipExactlyTheKeysThatAreRead() {
        Set<String> shipped = new TreeSet<>(config().getConfig("mirrorlog.postgres").root().keySet());
        Set<String> known = new TreeSet<>(OURS);
        known.addAll(Set.of("journal", "snapshots", "lease"));
        assertEquals(known, shipped);

        for (String key : OURS) {
            Config without = config().withoutPath("mirrorlog.postgres." + key);
            Exception missing = assertThrows(JournalException.class, () -> PostgresSettings.read(without), key);
            assertTrue(missing.getMessage().contains(key), missing.getMessage());
        }
    }

    @Test
    void shouldNameAllBadKeysAtOnce() {
        String message = assertThrows(JournalException.class, () -> PostgresSettings.read(config(
                "mirrorlog.postgres.url = \"postgresql://somewhere\"", "mirrorlog.postgres.synchronous-commit = off",
                "mirrorlog.postgres.connections = 0", "mirrorlog.postgres.hold-for = 15 s",
                "mirrorlog.postgres { password = a, password-file = b }"))).getMessage();

        assertTrue(message.contains("mirrorlog.postgres.url is postgresql://somewhere"), message);
        assertTrue(message.contains("synchronous-commit is "), message);
        assertTrue(message.contains("allowed is on or remote_apply or remote_write or local"), message);
        assertTrue(message.contains("connections is 0"), message);
        assertTrue(message.contains("allowed is less than hold-for"), message);
        assertTrue(message.contains("password-file is b"), message);
        assertEquals(message, JournalExtension.problems(config("mirrorlog.postgres.url = \"postgresql://somewhere\"",
                "mirrorlog.postgres.synchronous-commit = off", "mirrorlog.postgres.connections = 0",
                "mirrorlog.postgres.hold-for = 15 s", "mirrorlog.postgres { password = a, password-file = b }"))
                .orElseThrow());
    }

    @Test
    void shouldNotTellSecretsInTheNameOfAServer() throws JournalException {
        PostgresSettings settings = PostgresSettings.read(config(
                "mirrorlog.postgres.url = \"jdbc:postgresql://db/mirrorlog?password=secret\""));

        assertEquals("postgresql://db/mirrorlog", settings.server().toString());
    }

    /** The driver takes what stands in the URL for more than what it is told besides; one bound then has two places. */
    @ParameterizedTest
    @CsvSource({"socketTimeout=0, answer-timeout", "connectTimeout=600, connect-timeout",
        "loginTimeout=0, connect-timeout", "tcpKeepAlive=false, ''",
        "logServerErrorDetail=true, ''", "socketTimeout, answer-timeout"})
    void shouldRefuseInItsUrlWhatIsSetElsewhere(String parameter, String key) throws JournalException {
        String url = "jdbc:postgresql://a,b/mirrorlog?targetServerType=primary&sslmode=require&password=secret";
        String name = parameter.replaceFirst("=.*", "");

        String message = assertThrows(JournalException.class, () -> PostgresSettings.read(config(
                "mirrorlog.postgres.url = \"" + url + "&" + parameter + "\""))).getMessage();

        assertTrue(message.contains("mirrorlog.postgres.url is jdbc:postgresql://a,b/mirrorlog?... ("), message);
        assertTrue(message.contains("allowed is a JDBC URL without " + name), message);
        assertTrue(key.isEmpty() || message.contains("mirrorlog.postgres." + key), message);
        assertFalse(message.contains("secret"), message);
        PostgresSettings.read(config("mirrorlog.postgres.url = \"" + url + "\""));
    }

    @Test
    void shouldShipAFileThatSelectsThisJournal() throws JournalException {
        Config file = ConfigFactory.parseFile(new File("deploy/postgresql/mirrorlog-postgresql.conf"));
        Config config = JournalSystem.config(file, Path.of("/nowhere"));

        assertEquals("mirrorlog.postgres.journal", config.getString("akka.persistence.journal.plugin"));
        assertEquals("mirrorlog.postgres.snapshots", config.getString("akka.persistence.snapshot-store.plugin"));
        PostgresSettings.read(config);
    }
}
