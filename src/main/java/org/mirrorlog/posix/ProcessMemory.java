package org.mirrorlog.posix;

import java.util.Objects;

/**
 * Keeps this process able to run while the mirrors that it serves are stuck (S24). To be called by the main thread
 * before anything else is started.
 */
public final class ProcessMemory {
    private static final int PR_SET_IO_FLUSHER = 57;
    private static final int PR_GET_IO_FLUSHER = 58;

    private ProcessMemory() {
    }

    /**
     * What became of a wish that is worth having but not worth refusing to start.
     *
     * @param worked whether the kernel agreed
     * @param errno 0, or the reason
     * @param text one sentence for the log: what holds now, or what was refused and what would allow it
     */
    public record Outcome(boolean worked, int errno, String text) {
        public Outcome {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * Locks every page of the process, present and future, into memory. Heap and stacks count in full: fix the heap's
     * size first.
     */
    public static Outcome lockAll() {
        return attempt("mlockall", "memory is locked, present and future pages",
                "memory is not locked: allow it with CAP_IPC_LOCK or LimitMEMLOCK=infinity",
                () -> FileLibC.C.mlockall(Platform.MCL_CURRENT | Platform.MCL_FUTURE));
    }

    /**
     * Asks the kernel not to start block I/O on behalf of this thread's own allocations. Holds for the calling thread
     * and for threads and programs started from it later, not for threads that exist already: to cover the whole JVM,
     * set it in the process that starts the JVM (it survives exec).
     */
    public static Outcome setIoFlusher() {
        return attempt("prctl PR_SET_IO_FLUSHER", "this thread and its children are I/O flushers",
                "not an I/O flusher: needs Linux 5.6 and CAP_SYS_RESOURCE",
                () -> FileLibC.C.prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0));
    }

    /** Whether the calling thread is an I/O flusher; not worked also where that may not be asked (CAP_SYS_RESOURCE). */
    public static Outcome ioFlusher() {
        try {
            boolean isSet = prctlGet() == 1;
            return new Outcome(isSet, 0, isSet ? "this thread is an I/O flusher" : "this thread is not an I/O flusher");
        } catch (PosixException e) {
            return new Outcome(false, e.errno(),
                    "unknown whether this thread is an I/O flusher (" + e.getMessage() + ")");
        }
    }

    private static long prctlGet() throws PosixException {
        return FileCalls.check("prctl PR_GET_IO_FLUSHER", "this thread",
                () -> FileLibC.C.prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0));
    }

    private static Outcome attempt(String name, String done, String refused, FileCalls.Call call) {
        try {
            FileCalls.check(name, "this process", call);
            return new Outcome(true, 0, done);
        } catch (PosixException e) {
            return new Outcome(false, e.errno(), refused + " (" + e.getMessage() + ")");
        }
    }
}
