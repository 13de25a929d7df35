package org.mirrorlog.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.mirrorlog.posix.ProcessMemory;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What keeps the process able to run while the mirrors it serves are stuck (S24): each a wish, none a condition. */
public final class ProcessCare {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessCare.class);
    private static final long PF_MEMALLOC_NOIO = 0x0008_0000;
    private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");

    private ProcessCare() {
    }

    /**
     * To be called by the main thread before it starts others: they inherit being I/O flushers. Those that the JVM has
     * started by then are, too, if the process that became the JVM was one (deploy/run).
     */
    public static void take(Settings.Memory wishes) {
        if (wishes.ioFlusher()) {
            tell(ProcessMemory.setIoFlusher());
            tellOfOthers(Path.of("/proc/self/task"));
        }
        if (wishes.lock()) {
            tell(ProcessMemory.lockAll());
        }
        lowerOomScore(wishes.oomScoreAdjust());
    }

    private static void tell(ProcessMemory.Outcome outcome) {
        if (outcome.worked()) {
            LOG.debug("{}", outcome.text());
        } else {
            LOG.warn("{}", outcome.text());
        }
    }

    /** Threads that were there before this one could ask: the collector's, the compiler's. */
    private static void tellOfOthers(Path tasks) {
        try {
            long without = threadsThatMayWait(tasks);
            if (without > 0) {
                LOG.warn("not an I/O flusher: {} threads of this process, which the JVM started before the daemon could"
                        + " ask; deploy/run asks before it starts the JVM (it needs perl and CAP_SYS_RESOURCE)",
                        without);
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("which threads are I/O flushers cannot be seen: {}", e.toString());
        }
    }

    /** How many threads are no I/O flushers: their allocations may start block I/O. */
    static long threadsThatMayWait(Path tasks) throws IOException {
        long count = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                String stat;
                try {
                    stat = Files.readString(thread.resolve("stat"));
                } catch (NoSuchFileException e) {
                    continue; // it has ended meanwhile
                }
                // The name, in parentheses, may hold anything; the flags are the seventh field behind it.
                long flags = Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[6]);
                count += (flags & PF_MEMALLOC_NOIO) == 0 ? 1 : 0;
            }
        }
        return count;
    }

    private static void lowerOomScore(int adjustment) {
        try {
            int now = Integer.parseInt(Files.readString(OOM_SCORE).strip());
            if (now > adjustment) {
                Files.writeString(OOM_SCORE, adjustment + "\n");
            }
        } catch (IOException | NumberFormatException e) {
            LOG.warn("mirrorlog.memory.oom-score-adjust = {} was refused (needs CAP_SYS_RESOURCE): {}", adjustment,
                    e.getMessage());
        }
    }
}
