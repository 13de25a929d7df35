package org.mirrorlog.journal;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An event-sourced actor on the embedded journal. */
class EventSourcedJournalTest extends OwnerContract {

    @TempDir
    private Path directory;

    @Override
    protected Config config() {
        return JournalSystem.config(directory);
    }

    @Override
    protected long deletedTo(String id) {
        return JournalExtension.get(kit.system()).journal(SegmentJournal.class).deletedTo(id);
    }

    @Override
    protected long snapshots(String id) {
        return files(id).size();
    }

    private List<Path> files(String id) {
        Path own = directory.resolve("snapshots").resolve(id);
        if (!Files.isDirectory(own)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(own)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void damageSnapshots(String id) {
        try {
            for (Path file : files(id)) {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length - 1] ^= 1;
                Files.write(file, bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A log with snapshots whose journal is moved away. */
    private void loseJournal() throws IOException {
        ActorRef<Say> speaker = speaker("log", true);
        for (int i = 1; i <= 25; i++) {
            say(speaker, "old ");
        }
        await("a snapshot").until(() -> snapshots("log") > 0);
        stop();
        Files.move(directory.resolve("journal"), directory.resolve("journal-damaged"));
    }

    private void checkNothingIsRecovered() {
        start();
        ActorRef<Say> speaker = speaker("log", true);
        assertEquals("", say(speaker, ""), "an empty journal");
        assertTrue(JournalExtension.get(kit.system()).journal().isSuccessor());
        for (int i = 1; i <= 35; i++) {
            say(speaker, "x");
        }
        stop();
        start();
        assertEquals("x".repeat(35), say(speaker("log", true), ""), "nor beyond the numbers of the lost one");
    }

    @Test
    void shouldComeUpEmptyBesideSnapshotsOfAJournalThatWasMovedAway() throws IOException {
        loseJournal();

        checkNothingIsRecovered();
    }

    @Test
    void shouldComeUpEmptyBesideOlderSnapshotsThatNameNoJournal() throws IOException {
        loseJournal();
        for (Path file : files("log")) {
            SnapshotCodec.Stored named = SnapshotCodec.decode(Files.readAllBytes(file));
            Files.write(file, SnapshotCodec.encode(named.of(null)).array());
        }

        checkNothingIsRecovered();
    }
}
