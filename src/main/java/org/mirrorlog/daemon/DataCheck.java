package org.mirrorlog.daemon;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.mirrorlog.instance.RecordDirectory;
import org.mirrorlog.journal.JournalCheck;
import org.mirrorlog.process.ExitCode;

/**
 * {@code mirrorlogd check-data DIR}: what a data directory holds, what of it is damaged, which logs that concerns and
 * what to do. Changes nothing in it; a daemon may be at work there.
 */
public final class DataCheck {
    private static final String RECORDS = "instances";
    private static final int LOOKS = 3;

    private final Path dataDir;
    private final PrintStream out;
    private final List<String> damages = new ArrayList<>();

    public DataCheck(Path dataDir, PrintStream out) {
        this.dataDir = dataDir;
        this.out = out;
    }

    /**
     * Looks and tells.
     *
     * @return OK if all is sound, DAMAGED if not
     * @throws IOException the directory cannot be read
     */
    public ExitCode run() throws IOException {
        out.println("data directory " + dataDir);
        JournalCheck.Report journal = JournalCheck.of(dataDir);
        journal.found().forEach(line -> out.println("  " + line));
        records(journal.logs());
        journal.notes().forEach(line -> out.println("note: " + line));
        journal.damages().forEach(line -> out.println("damaged: " + line));
        damages.forEach(line -> out.println("damaged: " + line));
        journal.concerned().forEach(this::concern);
        boolean isSound = journal.damages().isEmpty() && damages.isEmpty();
        out.println(isSound ? "sound" : "not sound; nothing was changed");
        return isSound ? ExitCode.OK : ExitCode.DAMAGED;
    }

    private void concern(String persistenceId, SortedSet<String> what) {
        what.forEach(line -> out.println("concerned: log " + JournalCheck.name(persistenceId) + ": " + line));
    }

    private void records(SortedSet<String> logs) throws IOException {
        Path directory = dataDir.resolve(RECORDS);
        if (!Files.isDirectory(directory)) {
            out.println("  no instance records");
            return;
        }
        Path scratch = Files.createTempDirectory("mirrorlog-check");
        try {
            RecordDirectory.Seen seen = RecordDirectory.look(directory, scratch);
            seen.sound().forEach(line -> out.println("  " + line));
            seen.damaged().forEach(line -> damages.add(line + ". The next start sets it aside, and its table is asked"
                    + " to reconnect: nothing to do"));
            heard(directory, logs);
        } finally {
            Files.deleteIfExists(scratch);
        }
    }

    /** What a daemon changes meanwhile can look like damage, so damage is what several looks agree on. */
    private void heard(Path directory, SortedSet<String> logs) throws IOException {
        RecordDirectory.Seen seen = RecordDirectory.lookAtHeard(directory, logs);
        for (int i = 1; i < LOOKS && !seen.damaged().isEmpty(); i++) {
            seen = RecordDirectory.lookAtHeard(directory, logs);
        }
        seen.sound().forEach(line -> out.println("  " + line));
        damages.addAll(seen.damaged());
    }
}
