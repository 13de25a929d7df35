package org.mirrorlog.journal.raft;

/** What can be broken on purpose, to see that the checks see it. */
enum Hole {
    NONE("nothing"),
    UNFORCED("forces of the disk do nothing, so that a power failure takes what was acknowledged"),
    VOTE_FORGOTTEN("a member that is started again has forgotten whom it voted for"),
    HEAD_DELETED("a log of which every event is deleted begins at 1 again"),
    NO_BARRIER("owners replay what their member has, without asking the leader"),
    ACCEPTED_UNCOMMITTED("what was proposed is called accepted when its outcome is unknown");

    private final String what;

    Hole(String what) {
        this.what = what;
    }

    String what() {
        return what;
    }
}
