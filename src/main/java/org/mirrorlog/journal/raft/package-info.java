/**
 * The replicated journal: the daemons of a cluster keep it among themselves, each with a copy on its own disk. A
 * preview (docs/replicated.md, docs/decisions/0010-replicated-journal.md); {@code service} runs it in a daemon, over
 * the connections of {@code net}.
 *
 * <p><b>What is agreed on.</b> One replicated log carries the {@link org.mirrorlog.journal.raft.Command}s of all mirror
 * logs. Whoever applies one compares its number with the head of its log and says accepted or refused (rule D1): that
 * comparison, not the consensus, is what keeps two owners apart. {@link org.mirrorlog.journal.raft.Ledger} is what
 * comes of it, the same on every member.
 *
 * <p><b>What is answered.</b> An append is accepted only once it is committed and applied. One that was not taken may
 * be sent again; of any other nothing is known ({@link org.mirrorlog.journal.raft.Answer}).
 *
 * <p><b>Parts.</b> {@link org.mirrorlog.journal.raft.EntryStore} keeps entries, votes and checkpoints in segments;
 * {@link org.mirrorlog.journal.raft.Member} is one member: it proposes, forwards to the leader and waits for what it
 * reads; {@link org.mirrorlog.journal.raft.Engine} is the door to the consensus, with {@code journal.raft.micro} behind
 * it. Time, chance, threads, network and disk come through ports, so that the simulation runs all of it as it ships.
 *
 * <p><b>Threads.</b> Everything of a member happens on its one turn ({@link org.mirrorlog.journal.raft.Turn});
 * {@code Ledger} may be read from any thread. May import the JDK and the room {@code journal}.
 */
package org.mirrorlog.journal.raft;
