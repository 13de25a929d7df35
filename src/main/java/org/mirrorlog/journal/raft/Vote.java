package org.mirrorlog.journal.raft;

/**
 * What a member must never forget of an election.
 *
 * @param term the latest term it has heard of; 0 before the first
 * @param candidate whom it has voted for in that term; empty: nobody
 */
public record Vote(int term, String candidate) {

    /** Before the first election. */
    public static final Vote NONE = new Vote(0, "");
}
