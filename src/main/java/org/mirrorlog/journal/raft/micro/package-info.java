/**
 * The consensus of the replicated journal by MicroRaft: the only package that knows it. What is wrong with version 0.7,
 * and what is done about it here, stands in docs/decisions/0010-replicated-journal.md.
 *
 * <p>{@link org.mirrorlog.journal.raft.micro.MicroRaft} is the engine behind the port, {@code FailStopStore} the store
 * as the engine wants it, {@code MessageCodec} the bytes of its messages. Everything happens on the member's turn.
 */
package org.mirrorlog.journal.raft.micro;
