package org.mirrorlog.dmsetup;

/** Starts of threads, where a machine that has no more of them is no reason to end. */
final class Threads {
    private Threads() {
    }

    /**
     * Starts it, as one that no process waits for.
     *
     * @throws IllegalStateException no thread can be had just now
     */
    static void start(Thread thread) {
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException("no thread can be had: " + e.getMessage(), e);
        }
    }
}
