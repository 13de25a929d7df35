package org.mirrorlog.journal.raft;

/** What became of a command that was committed and applied. The same on every member. */
public sealed interface Outcome {

    /** The head of the log after the command. */
    long head();

    /** It was done. */
    record Accepted(long head) implements Outcome {
    }

    /**
     * Nothing was done: it does not fit behind the head (rule D1).
     *
     * @param writer who wrote last
     */
    record Refused(long head, String writer) implements Outcome {
    }
}
