package org.mirrorlog.cli;

/** How mirrorlogctl ends. Scripts rely on these numbers; docs/operations.md lists them. */
final class Exit {
    /** Done; everything is well. */
    static final int OK = 0;
    /** The daemon refused it, or failed. */
    static final int FAILED = 1;
    /**
     * Unknown command or argument, or {@code --yes} or {@code --power-is-off} is missing: nothing was
     * asked of the daemon that changes anything.
     */
    static final int USAGE = 2;
    /** No daemon answers there. */
    static final int NOT_REACHABLE = 3;
    /** The daemon answers, and something is not as it should be. */
    static final int DEGRADED = 4;

    private Exit() {
    }
}
