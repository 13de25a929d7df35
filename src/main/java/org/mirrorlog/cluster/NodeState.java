package org.mirrorlog.cluster;

import java.util.Locale;
import java.util.Optional;

/**
 * What there is to say of one run of a machine's kernel, as far as this node knows: the one place that decides it, and
 * that words it for people.
 */
public enum NodeState {
    /** Its daemon serves. */
    UP("is a member of the cluster, within reach"),
    /** Its daemon is about to stop, and says so. */
    LEAVING("is leaving the cluster"),
    /** Its daemon says nothing, and nothing was decided yet. */
    UNREACHABLE("is out of reach, and still a member of the cluster"),
    /** Its daemon was stopped in order, and its kernel is not known to use any log. */
    STOPPED("was stopped, and uses no log that is known of"),
    /** Its daemon is gone, and its kernel may go on writing: somebody has to say what became of it. */
    UNDECIDED("is no member of the cluster any more, and may still write"),
    /** Its machine has booted again: nothing of this run is under way. */
    OVER("is over, for its machine has booted again"),
    /** It was declared dead: not served before its machine has booted again. */
    DEAD("was declared dead");

    private final String says;

    NodeState(String says) {
        this.says = says;
    }

    /**
     * What it is decided by.
     *
     * @param isMember a member of the cluster that was not removed
     * @param isWithinReach of all members
     * @param isLeaving it has said that it stops
     * @param isRemoved it was a member since this node started, and was removed against its will
     * @param hasBootedAgain a later run of the same machine's kernel is a member within reach, and proves that this one
     *     is over; a member that has no more than its name proves nothing
     */
    public record Facts(boolean isMember, boolean isWithinReach, boolean isLeaving, boolean isRemoved,
            boolean hasBootedAgain) { }

    /**
     * The state.
     *
     * @param isDeclared it was declared dead
     * @param mayWrite a log counts on it, or one that does not answer may
     */
    public static NodeState of(Facts facts, boolean isDeclared, boolean mayWrite) {
        if (isDeclared) {
            return DEAD;
        } else if (facts.isMember()) {
            return !facts.isWithinReach() ? UNREACHABLE : facts.isLeaving() ? LEAVING : UP;
        } else if (facts.hasBootedAgain()) {
            return OVER;
        }
        return mayWrite || facts.isRemoved() ? UNDECIDED : STOPPED;
    }

    /** For programs; never changes. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For people: goes on from the name of the node. */
    public String says() {
        return says;
    }

    /**
     * For people: goes on from the name of the node.
     *
     * @param heldBack since when and why it is neither fenced nor declared dead, if that is to be done
     */
    public String says(Optional<String> heldBack) {
        return this != UNDECIDED || heldBack.isEmpty() ? says : "is no member of the cluster any more, is neither"
                + " fenced nor declared dead by this node yet (" + heldBack.get() + "), and may still write";
    }

    /** Whether its kernel, if it uses a log, may write to its mirror unheard. */
    public boolean isSilent() {
        return this == UNREACHABLE || this == STOPPED || this == UNDECIDED;
    }
}
