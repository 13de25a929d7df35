package org.mirrorlog.health;

import java.util.Locale;

/** Everything that is told as it happens, for people and programs. Names never change their meaning. */
public enum EventKind {
    /** The daemon serves. */
    DAEMON_READY,
    /** The daemon was asked to stop, and does. */
    DAEMON_STOPS,
    /** The daemon was asked to stop, and goes on, for kernel tables use it. */
    STOP_REFUSED(Severity.WARNING),
    /** Something is wrong, by a health code; as severe as that. */
    HEALTH_BEGAN(Severity.WARNING),
    /** It is not wrong any more. */
    HEALTH_ENDED,
    /** A kernel table is there: it was constructed, or found at the start. */
    TABLE_CAME,
    /** A mirror was resumed. */
    TABLE_ACTIVE,
    /** A mirror was suspended. */
    TABLE_SUSPENDED,
    /** A kernel table was destroyed. */
    TABLE_GONE,
    /** The owner of a log runs on this node now. */
    OWNER_HERE,
    /** The owner of a log runs on another node now. */
    OWNER_ELSEWHERE,
    /** Regions of a log in use are out of sync. */
    RESYNC_BEGAN,
    /** All of its regions are in sync. */
    RESYNC_ENDED,
    /** A node is a member within reach. */
    NODE_UP,
    /** A node is about to stop. */
    NODE_LEAVING,
    /** A node is out of reach. */
    NODE_UNREACHABLE(Severity.WARNING),
    /** A node was stopped in order. */
    NODE_STOPPED,
    /** A node is gone and may still write: somebody has to decide. */
    NODE_UNDECIDED(Severity.ERROR),
    /** A node's machine has booted again. */
    NODE_OVER,
    /** A node was declared dead. */
    NODE_DEAD(Severity.WARNING),
    /** An operator has ordered something; it says who, what, and how it ended. */
    OPERATOR_ACTION(Severity.WARNING),
    /** Whoever asks has missed something that is not kept any more. */
    EVENTS_MISSING(Severity.WARNING);

    private final Severity severity;

    EventKind() {
        this(Severity.INFO);
    }

    EventKind(Severity severity) {
        this.severity = severity;
    }

    /** How much it matters. */
    public enum Severity {
        /** As it should be. */
        INFO,
        /** Somebody may want to look. */
        WARNING,
        /** Somebody has to. */
        ERROR;

        /** For programs. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How much it matters. */
    public Severity severity() {
        return severity;
    }
}
