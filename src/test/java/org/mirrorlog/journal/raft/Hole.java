package org.mirrorlog.journal.raft;

/** What can be broken on purpose, to see that the checks see it. */
enum Hole {
    NONE("nothing"),
    UNFORCED("forces of the disk do nothing, so that a power failure takes what was acknowledged"),
    VOTE_FORGOTTEN("a member that is started again has forgotten whom it voted for"),
    HEAD_DELETED("a log of which every event is deleted begins at 1 again"),
    NO_BARRIER("owners replay what their member has, without asking the leader"),
    ACCEPTED_UNCOMMITTED("what was proposed is called accepted when its outcome is unknown"),
    OLD_IDENTITY("a directory that was lost and is empty goes on as the member that it was"),
    LEARNER_STANDS("who takes a place counts itself from the beginning"),
    PROMOTED_EARLY("who takes a place votes before it holds what was committed");

    private final String what;

    Hole(String what) {
        this.what = what;
    }

    String what() {
        return what;
    }

    /** Those that only a world shows in which disks are lost. */
    boolean isOfReplacement() {
        return this == OLD_IDENTITY || this == LEARNER_STANDS || this == PROMOTED_EARLY;
    }
}
