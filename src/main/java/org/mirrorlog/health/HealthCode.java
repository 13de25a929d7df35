package org.mirrorlog.health;

import java.util.Locale;

/**
 * Everything that may be wrong, for people and programs. Names never change their meaning; each has a heading in
 * docs/operations.md that says what to do.
 */
public enum HealthCode {
    /** A kernel's requests have no answer for 5 s, or a table is not served. */
    MIRROR_LOG_HELD(Severity.ERROR, "requests of a kernel wait, and with them writes to a mirror"),
    /** The journal cannot grow. */
    JOURNAL_FULL(Severity.ERROR, "the journal has no room: no log can commit"),
    /** The journal takes no commit for another reason. */
    JOURNAL_FAILS(Severity.ERROR, "the journal takes nothing: no log can commit"),
    /** Writes or cache flushes of a log device failed, or it cannot be opened. */
    LOG_DEVICE_FAILED(Severity.ERROR, "a log device has failed"),
    /** A log device has not answered for 5 s. */
    LOG_DEVICE_SLOW(Severity.WARNING, "a log device does not answer"),
    /** A removed node may still write: somebody has to decide. */
    NODE_REMOVED_NOT_FENCED(Severity.ERROR, "a node is gone and may still write: what it has marked stays dirty"),
    /** A member of the cluster is not within reach. */
    NODE_UNREACHABLE(Severity.WARNING, "a member of the cluster is out of reach"),
    /** This machine's kernel was declared dead, and runs. */
    DECLARED_DEAD_BUT_RUNS(Severity.ERROR, "this machine was declared dead, and is not served until it has booted"),
    /** This node does not serve, for a reason that has no code of its own. */
    NOT_READY(Severity.ERROR, "this node is not ready to serve"),
    /** Regions are out of sync and nothing moves. */
    RESYNC_WAITING(Severity.WARNING, "regions are out of sync, and no resync has moved for a minute"),
    /** All regions of a table count as written. */
    RECORD_LOST(Severity.WARNING, "all regions of a table count as written, for its record is lost or a reconnect was"
            + " interrupted"),
    /** What was heard of logs cannot be written. */
    HEARD_NOT_KEPT(Severity.WARNING, "what this machine has heard of its logs cannot be kept on disk"),
    /** The data directory's file system is almost full. */
    DATA_DISK_LOW(Severity.WARNING, "the file system of the data directory is almost full"),
    /** A part of this program throws, and goes on. */
    DEFECT(Severity.WARNING, "a part of this program has thrown: what it was about waits, or is asked again"),
    /** The node's certificate, or that of its authority, ends soon or has ended. */
    CERTIFICATE_EXPIRES(Severity.WARNING, "a certificate expires soon, or has expired"),
    /** Members of the cluster are of different builds. */
    VERSION_SKEW(Severity.WARNING, "members of the cluster run different builds"),
    /** The machine's clock was set. */
    CLOCK_JUMP(Severity.WARNING, "the clock of this machine has jumped: nothing is decided by it, but log lines are"
            + " dated by it");

    private final Severity severity;
    private final String says;

    HealthCode(Severity severity, String says) {
        this.severity = severity;
        this.says = says;
    }

    /** How bad it is. */
    public enum Severity {
        /** It works, or will again by itself; somebody should look. */
        WARNING,
        /** Something does not work, or data depends on a decision. */
        ERROR;

        /** For programs. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How bad it is. */
    public Severity severity() {
        return severity;
    }

    /** What it means, in one sentence without its first capital and its stop. */
    public String says() {
        return says;
    }

    /** Where docs/operations.md says what to do. */
    public String section() {
        return "docs/operations.md#" + name().toLowerCase(Locale.ROOT);
    }
}
