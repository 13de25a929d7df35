/**
 * The replicated journal in a daemon: {@link org.mirrorlog.journal.raft.service.RunningMember} is this node's member,
 * with its disk, its thread and its connections; the plugins give Akka Persistence what is agreed on, and {@link
 * org.mirrorlog.journal.raft.service.ReplicatedLease} and {@code ReplicatedRow} let it decide who serves.
 *
 * <p><b>Who is a member.</b> Each directory draws an identity when it is made. A group begins once all its members have
 * met, and its own identity is made of theirs ({@link org.mirrorlog.journal.raft.service.Forming}): so a directory that
 * was lost, and began anew, is of no group that was here before, and cannot vote in it.
 *
 * <p><b>Threads.</b> {@code mirrorlog-journal} is the member's turn: the consensus and all forced writes. Connections
 * have threads of their own. Nothing here runs, or blocks, on a dispatcher of Akka but replays and the encoding of
 * snapshots.
 */
package org.mirrorlog.journal.raft.service;
