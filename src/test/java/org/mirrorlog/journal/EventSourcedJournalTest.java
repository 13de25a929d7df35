package org.mirrorlog.journal;

import com.typesafe.config.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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
}
