package org.mirrorlog.journal.raft;

/**
 * One step of who belongs to the group.
 *
 * @param name the member that it is about
 */
public record Change(Kind kind, String name) {

    /** What becomes of the member. */
    public enum Kind {
        /** It gets entries and checkpoints from now on, and counts for nothing. */
        LEARN,
        /** It votes and counts from now on. */
        PROMOTE,
        /** It is no member any more, whatever it was. */
        REMOVE
    }
}
