/**
 * How the members of a replicated journal reach each other: {@link org.mirrorlog.journal.raft.net.Wire}, one TCP
 * connection for each direction between two members, with frames of a bounded length in order. Each side says who it
 * is first ({@link org.mirrorlog.journal.raft.net.Hello}); over TLS its certificate has to say so, too ({@link
 * org.mirrorlog.journal.raft.net.Security}).
 *
 * <p>What cannot be sent now is lost, as the consensus expects of a network: nothing waits for a member that is away.
 *
 * <p><b>Threads.</b> One for each connection, one that accepts, one that looks for connections which hang. May import
 * the JDK and {@code journal.raft}.
 */
package org.mirrorlog.journal.raft.net;
