package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ActorSystem;
import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped settings and their checks. */
class JournalSettingsTest {

    private static final Set<String> OF_AKKA = Set.of("class", "provider", "plugin-dispatcher", "replay-dispatcher",
            "max-message-batch-size", "recovery-event-timeout", "circuit-breaker", "replay-filter");
    private static final Set<String> OURS = Set.of("dir", "segment-bytes", "max-group-bytes", "extend-bytes",
            "compact-below-percent", "compact-step-bytes", "max-queue-bytes", "stalled-after", "refuse-gaps");

    @TempDir
    private Path directory;

    private Config config(String... overrides) {
        return JournalSystem.config(directory, overrides);
    }

    @Test
    void shouldAcceptTheShippedSettings() throws JournalException {
        JournalSettings settings = JournalSettings.read(config());

        assertEquals(directory.resolve("journal"), settings.directory());
        assertEquals(32 << 20, settings.options().segmentBytes());
        assertEquals(32 << 20, settings.options().groupBytes());
        assertEquals(2, settings.options().stalledAfter().toSeconds());
        assertTrue(settings.isGapRefused());
        assertTrue(JournalExtension.problems(config()).isEmpty());
    }

    @Test
    void shouldNotStartWhileAFileIsInTheJournalsPlace() throws IOException {
        SegmentProvider provider = new SegmentProvider();
        Path file = Files.createFile(directory.resolve("journal"));
        assertEquals(Optional.of("journal directory " + file + " is not a directory: move that file away"),
                provider.startProblem(config()));

        Files.move(file, directory.resolve("away"));

        assertEquals(Optional.empty(), provider.startProblem(config()));
    }

    @Test
    void shouldShipOnlyKeysThatAreRead() {
        Set<String> shipped = new TreeSet<>(config().getConfig("mirrorlog.journal").root().keySet());
        Set<String> known = new TreeSet<>(OURS);
        known.addAll(OF_AKKA);

        assertEquals(known, shipped);
    }

    @Test
    void shouldReadEveryKeyOfOurs() {
        for (String key : OURS) {
            Config without = config().withoutPath("mirrorlog.journal." + key);

            Exception missing = assertThrows(Exception.class, () -> JournalSettings.read(without), key);

            assertTrue(missing.getMessage().contains(key), missing.getMessage());
        }
    }

    @Test
    void shouldNameAllBadKeysAtOnce() {
        String message = assertThrows(JournalException.class, () -> JournalSettings.read(config(
                "mirrorlog.journal.segment-bytes = 1 KiB", "mirrorlog.journal.compact-below-percent = 90",
                "mirrorlog.journal.stalled-after = soon", "mirrorlog.journal.max-queue-bytes = 1 MiB",
                "mirrorlog.journal.dir = \"\""))).getMessage();

        assertTrue(message.contains("mirrorlog.journal.segment-bytes is 1 KiB (String: 1); allowed is a size from"
                + " 1048576 to 1073741824 bytes"), message);
        assertTrue(message.contains("compact-below-percent is 90 (String: 2); allowed is a number from 0 to 75"),
                message);
        assertTrue(message.contains("stalled-after is soon"), message);
        assertTrue(message.contains("max-queue-bytes is 1 MiB"), message);
        assertTrue(message.contains("dir is  (String: 5); allowed is the path of a directory"), message);
    }

    @Test
    void shouldFailTheStartWithOneClearLine() {
        Config lost = config("mirrorlog.data-dir = \"" + directory + "/not-mounted\"");
        ActorSystem system = ActorSystem.create("lost", lost);
        try {
            String message = assertThrows(UncheckedIOException.class, () -> JournalExtension.get(system)).getMessage();

            assertTrue(message.startsWith("directory " + directory + "/not-mounted does not exist: create it"),
                    message);
        } finally {
            akka.testkit.javadsl.TestKit.shutdownActorSystem(system);
        }
    }
}
