package org.mirrorlog.journal;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a journal, kept by the embedded one. */
class JournalPluginTest extends JournalContract {

    @TempDir
    private Path directory;

    @Override
    protected JournalSystem open(boolean isGapRefused) {
        return new JournalSystem(directory, "mirrorlog.journal.refuse-gaps = " + isGapRefused);
    }
}
