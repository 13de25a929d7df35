package org.mirrorlog.journal.raft;

/**
 * One entry of the replicated log.
 *
 * @param index its place, from 1
 * @param term the term of the leader that appended it
 * @param payload what the engine put into it; not to be changed
 */
public record Entry(long index, int term, byte[] payload) {
}
