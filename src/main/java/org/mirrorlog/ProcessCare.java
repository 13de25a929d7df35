package org.mirrorlog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mirrorlog.posix.Memory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What keeps the process able to run while the mirrors it serves are stuck (S24): each a wish, none a condition. */
final class ProcessCare {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessCare.class);
    private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");

    private ProcessCare() {
    }

    /** To be called by the main thread before it starts others: they inherit being I/O flushers. */
    static void take(Settings.Memory wishes) {
        if (wishes.ioFlusher()) {
            tell(Memory.setIoFlusher());
        }
        if (wishes.lock()) {
            tell(Memory.lockAll());
        }
        lowerOomScore(wishes.oomScoreAdjust());
    }

    private static void tell(Memory.Outcome outcome) {
        if (outcome.worked()) {
            LOG.debug("{}", outcome.text());
        } else {
            LOG.warn("{}", outcome.text());
        }
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
