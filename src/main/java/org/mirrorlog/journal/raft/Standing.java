package org.mirrorlog.journal.raft;

import java.util.Map;

/**
 * How a member stands in its group, as it knows it.
 *
 * @param committedIndex the last entry that it knows to be committed
 * @param lastIndex the last entry that it holds
 * @param members the group as it is committed
 * @param effective the group that counts for it: that of the last change that it holds, committed or not
 * @param others of a leader, what it knows of each other member, by name; else empty
 */
public record Standing(Role role, int term, long committedIndex, long lastIndex, Members members, Members effective,
        Map<String, Other> others) {

    /** What it does. */
    public enum Role {
        /** It orders commands. */
        LEADER,
        /** It keeps what the leader sends. */
        FOLLOWER,
        /** It asks to lead. */
        CANDIDATE,
        /** It keeps what the leader sends, and does not count. */
        LEARNER
    }

    /**
     * Another member, as the leader knows it.
     *
     * @param heldIndex the last entry that it is known to hold
     * @param silentMs for how long it has not answered
     */
    public record Other(long heldIndex, long silentMs) {
    }

    /** Copies the map. */
    public Standing {
        others = Map.copyOf(others);
    }

    /** Whether a change of the group is not committed, as far as it knows. */
    public boolean isChanging() {
        return members.index() != effective.index();
    }
}
