package org.mirrorlog.management;

import java.util.List;

/**
 * How the members of a replicated journal stand, as this one knows it, as JSON. Of another journal there is no more
 * than that it is not replicated.
 *
 * @param self this member: host and port; or null
 * @param role {@code leader}, {@code follower}, {@code candidate} or {@code learner}; or null
 * @param leader who leads; null: nobody, as far as is known
 */
public record JournalView(boolean isReplicated, String self, String role, String leader, int term, long committedIndex,
        long lastIndex, List<MemberView> members) {

    /**
     * A member.
     *
     * @param identity of its directory; "" as long as it was not met
     * @param heldIndex the last entry that it is known to hold; null: only the leader knows
     * @param silentMs for how long it has not answered the leader; null: only the leader knows
     */
    public record MemberView(String name, String identity, boolean isVoter, boolean isWithin, Long heldIndex,
            Long silentMs) {
    }

    /** One that is not replicated, or of which nothing is known yet. */
    public static final JournalView NONE = new JournalView(false, null, null, null, 0, 0, 0, List.of());

    /** Copies the list. */
    public JournalView {
        members = List.copyOf(members);
    }
}
