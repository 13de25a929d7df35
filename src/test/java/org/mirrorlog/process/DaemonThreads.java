package org.mirrorlog.process;

import java.io.IOException;
import java.nio.file.Path;

/** What is to be seen of a daemon's threads. */
public final class DaemonThreads {
    private DaemonThreads() {
    }

    /** How many of this process may wait for writeback: they are no I/O flushers. */
    public static long thatMayWait(long pid) throws IOException {
        return ProcessCare.threadsThatMayWait(Path.of("/proc", Long.toString(pid), "task"));
    }
}
