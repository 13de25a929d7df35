package org.mirrorlog.journal;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a snapshot store, kept by the embedded one. */
class SnapshotPluginTest extends SnapshotContract {

    @TempDir
    private Path directory;

    @Override
    protected JournalSystem open() {
        return new JournalSystem(directory);
    }
}
