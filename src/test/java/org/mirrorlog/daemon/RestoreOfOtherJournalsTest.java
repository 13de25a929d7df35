package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** {@code mirrorlogd restore} of a journal that is not in the data directory: refused, with what is done instead. */
class RestoreOfOtherJournalsTest {
    @TempDir
    private Path dir;

    @ParameterizedTest
    @CsvSource({"postgresql, pg_dump its schema mirrorlog", "replicated, none of them is ever copied back"})
    void shouldSayWhatIsDoneInstead(String journal, String says) throws Exception {
        Settings settings = Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog { node-name = node-a, data-dir = "%s", journal = %s
                  cluster { host = 127.0.0.1, port = 25520, seeds = ["127.0.0.1:25520"] }
                  replicated.members = "127.0.0.1:25522" }
                """.formatted(dir.resolve("data"), journal))), MachineIdentity.current());
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream screen = new PrintStream(said, true, StandardCharsets.UTF_8);

        assertEquals(ExitCode.NOT_STARTED, new Restore(settings, screen, screen).run(dir.resolve("from")));

        assertTrue(said.toString(StandardCharsets.UTF_8).contains(says), said::toString);
        assertTrue(Files.notExists(dir.resolve("data")), "nothing was touched");
    }
}
