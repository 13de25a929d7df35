package org.mirrorlog.journal;

import java.util.List;

/**
 * How the members of a journal that daemons keep among themselves stand, as one of them knows it.
 *
 * @param self this member: host and port
 * @param role {@code leader}, {@code follower}, {@code candidate} (it asks to lead) or {@code learner} (it does not
 *        count)
 * @param leader who leads; null: nobody, as far as is known
 * @param term of the leader, or of the last one
 * @param committedIndex the last entry that is known to be committed
 * @param lastIndex the last entry that this member holds
 * @param members all of them, this one as well
 */
public record GroupStanding(String self, String role, String leader, int term, long committedIndex, long lastIndex,
        List<Place> members) {

    /**
     * A member.
     *
     * @param name host and port
     * @param identity drawn when its directory was made; "" as long as it was not met
     * @param isVoter whether it counts
     * @param isWithin whether it can be sent something now
     * @param heldIndex the last entry that it is known to hold; null: only the leader knows
     * @param silentMs for how long it has not answered the leader; null: only the leader knows
     */
    public record Place(String name, String identity, boolean isVoter, boolean isWithin, Long heldIndex,
            Long silentMs) {
    }

    /** Copies the list. */
    public GroupStanding {
        members = List.copyOf(members);
    }
}
