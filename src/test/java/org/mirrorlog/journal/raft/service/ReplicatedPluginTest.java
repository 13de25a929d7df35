package org.mirrorlog.journal.raft.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.Config;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.journal.JournalContract;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalSystem;

/** The contract of a journal, kept by the replicated one with a single member. */
class ReplicatedPluginTest extends JournalContract {

    private Config alone;
    @TempDir
    private Path dataDir;

    @Override
    protected JournalSystem open(boolean isGapRefused) {
        alone = alone == null ? Alone.config("") : alone;
        return new JournalSystem(JournalSystem.config(com.typesafe.config.ConfigFactory.parseString(
                "mirrorlog.replicated.journal.refuse-gaps = " + isGapRefused).withFallback(alone), dataDir));
    }

    @Test
    void shouldKeepItsIdentityOverRestartsD21() {
        String id = JournalExtension.get(journal.system).journal().id().toString();

        restart(true);

        assertEquals(id, JournalExtension.get(journal.system).journal().id().toString());
    }

    @Test
    void shouldReplayManyLargeEvents() {
        String large = "x".repeat(100_000);
        for (int i = 1; i <= 150; i++) {
            journal.mustWrite(ID, i, large + i);
        }

        assertEquals(150, journal.replay(ID).events().size());
    }
}
