package org.mirrorlog.journal.raft.service;

import com.typesafe.config.Config;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.journal.JournalSystem;
import org.mirrorlog.journal.SnapshotContract;

/** The contract of a snapshot store, kept by the replicated one with a single member. */
class ReplicatedSnapshotTest extends SnapshotContract {

    private Config alone;
    @TempDir
    private Path dataDir;

    @Override
    protected JournalSystem open() {
        alone = alone == null ? Alone.config("") : alone;
        return new JournalSystem(JournalSystem.config(alone, dataDir));
    }
}
