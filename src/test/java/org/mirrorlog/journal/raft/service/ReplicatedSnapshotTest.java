package org.mirrorlog.journal.raft.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.Config;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
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

    /** Heads and snapshots are one: none above the head is ever taken. */
    @Override
    @Test
    protected void shouldFailTheReplayOfALogOfWhichOneIsAboveTheHead() {
        save(90, "of a history that is lost");

        assertEquals("50:state 5", latest());
        system.mustWriteAtOnce(ID, 81, 20);
        assertEquals("50:state 5", latest(), "not when the head has grown beyond it either");
    }
}
