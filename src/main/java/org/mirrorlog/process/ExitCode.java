package org.mirrorlog.process;

/** How the process ends. Service managers and scripts rely on these numbers; docs/operations.md lists them. */
public enum ExitCode {
    /** Stopped when asked to, or help was shown, or the settings are sound. */
    OK(0),
    /** Could not start: the one line before says why. */
    NOT_STARTED(1),
    /** The data directory that was to be checked is damaged. */
    DAMAGED(1),
    /** An emulated mirror's legs differ where they must not, or its daemon does not answer. */
    EMULATION_FAILED(1),
    /** Unknown argument or bad settings: nothing was touched. */
    USAGE(2),
    /** Stopped by itself after an internal failure; the log tells. A service manager should start it again. */
    FAILED(3),
    /** The cluster has removed this node (a partition, a long pause). A service manager should start it again. */
    REMOVED(4);

    private final int status;

    ExitCode(int status) {
        this.status = status;
    }

    /** @param status 0 well, 2 bad arguments, else failed */
    public static ExitCode ofEmulation(int status) {
        return status == OK.status ? OK : status == USAGE.status ? USAGE : EMULATION_FAILED;
    }

    public int status() {
        return status;
    }
}
