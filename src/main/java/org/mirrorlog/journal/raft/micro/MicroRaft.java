package org.mirrorlog.journal.raft.micro;

import io.microraft.Ordered;
import io.microraft.QueryPolicy;
import io.microraft.RaftConfig;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.RaftNodeStatus;
import io.microraft.RaftRole;
import io.microraft.exception.CannotReplicateException;
import io.microraft.exception.MismatchingRaftGroupMembersCommitIndexException;
import io.microraft.exception.NotLeaderException;
import io.microraft.exception.RaftException;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.log.RaftLog;
import io.microraft.impl.state.RaftState;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.message.AppendEntriesFailureResponse;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.InstallSnapshotResponse;
import io.microraft.model.message.RaftMessage;
import io.microraft.report.RaftGroupMembers;
import io.microraft.transport.Transport;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.mirrorlog.journal.raft.Answer;
import org.mirrorlog.journal.raft.ByteReader;
import org.mirrorlog.journal.raft.Change;
import org.mirrorlog.journal.raft.Engine;
import org.mirrorlog.journal.raft.EntryStore;
import org.mirrorlog.journal.raft.Machine;
import org.mirrorlog.journal.raft.Outbox;
import org.mirrorlog.journal.raft.Outcome;
import org.mirrorlog.journal.raft.Recovered;
import org.mirrorlog.journal.raft.Standing;
import org.mirrorlog.journal.raft.Turn;

/** The engine by MicroRaft. */
public final class MicroRaft implements Engine, Transport {

    /**
     * How it runs.
     *
     * @param heartbeatSeconds between two heartbeats of a leader; a follower that hears none for three times as long
     *        stands for election
     * @param electionMs how long an election waits for votes
     * @param entriesPerCheckpoint at least 2
     * @param pendingEntries most entries of a leader that are not committed
     * @param batchEntries most entries in one message
     * @param batchBytes about as many bytes in one message, unless a single entry is larger
     * @param partBytes size of a part of a checkpoint
     */
    public record Options(int heartbeatSeconds, int electionMs, int entriesPerCheckpoint, int pendingEntries,
            int batchEntries, int batchBytes, int partBytes) {

        /** Checks what the rest relies on. */
        public Options {
            if (entriesPerCheckpoint < 2) {
                throw new IllegalArgumentException("a checkpoint holds at least 2 entries");
            }
        }

        private RaftConfig config() {
            return RaftConfig.newBuilder().setLeaderHeartbeatPeriodSecs(heartbeatSeconds)
                    .setLeaderHeartbeatTimeoutSecs(3L * heartbeatSeconds).setLeaderElectionTimeoutMillis(electionMs)
                    .setCommitCountToTakeSnapshot(entriesPerCheckpoint).setMaxPendingLogEntryCount(pendingEntries)
                    .setAppendEntriesRequestBatchSize(batchEntries).setTransferSnapshotsFromFollowersEnabled(false)
                    .build();
        }
    }

    /**
     * What it stands on.
     *
     * @param fatal told once, when the store fails or a commit cannot be applied: the program has to end; nothing
     *        leaves this engine from then on
     */
    public record Ports(Turn turn, Outbox outbox, Clock clock, Random random, Consumer<Throwable> fatal) {
    }

    /**
     * Who takes part.
     *
     * @param group the identity of the group; messages of another are dropped
     * @param name this member
     * @param members all of them, as the group began; of no meaning to a store that has been used
     */
    public record Group(String group, String name, List<String> members) {
    }

    private static final long CHANGE_BYTES = 8 * 1024;

    private final Ports ports;
    private final Options options;
    private final FailStopStore store;
    private final TurnExecutor executor;
    private final AppliedEntries applied;
    private final MessageCodec codec;
    private final RaftNode node;
    /** Where the answers to the message in hand count from. */
    private long answersFrom;

    /** Nothing happens before {@link #start}. */
    public MicroRaft(Group group, Options options, Ports ports, EntryStore.Opened opened, Machine machine) {
        this.ports = ports;
        this.options = options;
        this.store = new FailStopStore(opened.store(), ports.fatal());
        this.executor = new TurnExecutor(ports.turn());
        this.applied = new AppliedEntries(machine, store, options.partBytes());
        this.codec = new MessageCodec(group.group());
        RaftNode.RaftNodeBuilder builder = RaftNode.newBuilder().setGroupId(group.group())
                .setConfig(options.config()).setExecutor(executor).setTransport(this).setStateMachine(applied)
                .setStore(store).setModelFactory(new DefaultRaftModelFactory()).setRandom(ports.random())
                .setClock(ports.clock());
        Recovered recovered = opened.recovered();
        if (recovered.seat() == null) {
            builder.setLocalEndpoint(new Endpoint(group.name())).setInitialGroupMembers(Endpoint.of(group.members()));
        } else {
            builder.setRestoredState(Restored.of(recovered));
        }
        this.node = builder.build();
    }

    @Override
    public void start() {
        later(node::start);
        watch();
    }

    /**
     * A follower whose leader came back while it asked for votes beforehand goes on as if it asked for ever: should
     * that leader fall silent once more, the engine does not look for another.
     */
    private void watch() {
        ports.turn().schedule(() -> {
            RaftState state = engine().state();
            if (store.hasFailed() || RaftNodeStatus.isTerminal(node.getStatus())) {
                return;
            }
            if (state.role() == RaftRole.FOLLOWER && state.leader() != null && state.preCandidateState() != null
                    && engine().isLeaderHeartbeatTimeoutElapsed()) {
                engine().leader(null);
                engine().runPreVote();
            }
            watch();
        }, Duration.ofSeconds(options.heartbeatSeconds()));
    }

    private RaftNodeImpl engine() {
        return (RaftNodeImpl) node;
    }

    /** As a task of its own, unless this member is at its end. */
    private void later(Runnable call) {
        ports.turn().submit(() -> {
            if (!store.hasFailed()) {
                executor.atOnce(call);
            }
        });
    }

    @Override
    public void propose(byte[] command, Consumer<Answer> answer) {
        later(() -> {
            if (!hasRoom(command.length + 64L)) {
                answer.accept(new Answer.NotNow("the disk of the journal is full"));
                return;
            }
            CompletableFuture<Ordered<Outcome>> future = node.replicate(new Operation(command));
            if (future.isCompletedExceptionally() && wasNotTaken(future)) {
                answer.accept(new Answer.NotNow("this member does not lead, or too much waits"));
                return;
            }
            future.whenComplete((ordered, failure) -> tell(answer, ordered, failure));
        });
    }

    private void tell(Consumer<Answer> answer, Ordered<Outcome> ordered, Throwable failure) {
        if (failure == null && ordered.getResult() != null && !store.hasFailed()) {
            answer.accept(new Answer.Decided(ordered.getResult()));
        } else {
            answer.accept(new Answer.Unknown(failure == null ? "this member ends" : failure.toString()));
        }
    }

    /** Only of a refusal at once it is certain that no entry was made; the same exceptions come later for others. */
    private static boolean wasNotTaken(CompletableFuture<?> future) {
        try {
            future.join();
            return false;
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            return cause instanceof NotLeaderException || cause instanceof CannotReplicateException
                    || cause instanceof IllegalStateException || cause instanceof IllegalArgumentException
                    || cause instanceof MismatchingRaftGroupMembersCommitIndexException;
        }
    }

    @Override
    public void confirm(Consumer<Answer> answer) {
        later(() -> node.query(AppliedEntries.WHERE, QueryPolicy.LINEARIZABLE, Optional.empty(), Optional.empty())
                .whenComplete((ordered, failure) -> answer.accept(failure == null
                        ? new Answer.Readable(ordered.getCommitIndex())
                        : new Answer.NotNow("this member cannot tell whether it leads"))));
    }

    @Override
    public void change(Change change, long membersIndex, Consumer<Answer> answer) {
        later(() -> {
            if (!hasRoom(CHANGE_BYTES)) {
                answer.accept(new Answer.NotNow("the disk of the journal is full"));
                return;
            }
            CompletableFuture<Ordered<RaftGroupMembers>> future = node.changeMembership(new Endpoint(change.name()),
                    GroupView.mode(change.kind()), membersIndex);
            if (future.isCompletedExceptionally() && wasNotTaken(future)) {
                answer.accept(new Answer.NotNow("this member does not lead, or the group has changed meanwhile"));
                return;
            }
            future.whenComplete((ordered, failure) -> answer.accept(failure == null && !store.hasFailed()
                    ? new Answer.Decided(new Outcome.Accepted(ordered.getCommitIndex()))
                    : new Answer.Unknown(failure == null ? "this member ends" : failure.toString())));
        });
    }

    @Override
    public Standing standing() {
        return GroupView.standing(engine().state(), ports.clock().millis());
    }

    @Override
    public void receive(byte[] message) {
        later(() -> {
            RaftMessage read;
            try {
                read = codec.decode(message);
            } catch (ByteReader.Malformed | IllegalArgumentException e) {
                // Of another group or build: dropped, as if it had been lost.
                return;
            }
            if (!isStale(read) && !GroupView.isOfAStranger(read, engine().state()) && hasRoomFor(read)) {
                handle(read);
            }
        });
    }

    private void handle(RaftMessage message) {
        try {
            GroupView.catchUpWithTheTerm(engine(), message);
            tell(message);
        } catch (RaftException e) {
            // Where the store has failed it is the end already.
            if (!store.hasFailed()) {
                throw e;
            }
        }
    }

    /**
     * The engine cannot tell whether it agrees with a leader on the last entry of its own checkpoint once it holds that
     * entry no more, if others are behind it, and so never comes to give those up. Nor need it: what is in a checkpoint
     * is committed. So it is asked as if the log began there, and the answer counts from there.
     */
    private void tell(RaftMessage message) {
        RaftLog log = engine().state().log();
        if (message instanceof AppendEntriesRequest append && append.getPreviousLogIndex() == log.snapshotIndex()
                && append.getPreviousLogTerm() == log.snapshotEntry().getTerm()
                && log.snapshotIndex() < log.lastLogOrSnapshotIndex() && !log.containsLogEntry(log.snapshotIndex())) {
            answersFrom = log.snapshotIndex();
            try {
                node.handle(codec.fromTheBeginning(append));
            } finally {
                answersFrom = 0;
            }
        } else if (message instanceof InstallSnapshotRequest install) {
            GroupView.besideAnOpenChange(engine(), install, () -> node.handle(message));
        } else {
            node.handle(message);
        }
    }

    /**
     * The engine believes an answer of an earlier term as one of this: that a follower has entries which it has given
     * up since, or that it follows still.
     */
    private boolean isStale(RaftMessage message) {
        boolean isAnswer = message instanceof AppendEntriesSuccessResponse
                || message instanceof AppendEntriesFailureResponse || message instanceof InstallSnapshotResponse;
        return isAnswer && message.getTerm() < node.getTerm().getTerm();
    }

    private boolean hasRoomFor(RaftMessage message) {
        long bytes = 0;
        if (message instanceof AppendEntriesRequest request) {
            for (LogEntry entry : request.getLogEntries()) {
                bytes += Operation.storedBytes(entry.getOperation());
            }
        } else if (message instanceof InstallSnapshotRequest request && request.getSnapshotChunk() != null) {
            bytes = ((byte[]) request.getSnapshotChunk().getOperation()).length;
        }
        return bytes == 0 || hasRoom(bytes);
    }

    /** A checkpoint may follow, and must have room as well. */
    private boolean hasRoom(long bytes) {
        return store.hasRoom(bytes + applied.checkpointBytes());
    }

    @Override
    public Optional<String> leader() {
        RaftEndpoint leader = node.getTerm().getLeaderEndpoint();
        return leader == null || store.hasFailed() ? Optional.empty() : Optional.of(Endpoint.name(leader));
    }

    @Override
    public void stop() {
        later(node::terminate);
    }

    @Override
    public void send(RaftEndpoint target, RaftMessage message) {
        // It may answer a leader that it does not know any more.
        if (!store.hasFailed() && target != null) {
            RaftMessage sent = message;
            if (message instanceof AppendEntriesSuccessResponse answer && answersFrom > 0) {
                sent = codec.countedFrom(answersFrom, answer);
            } else if (message instanceof AppendEntriesRequest append) {
                sent = codec.within(options.batchBytes(), append);
            }
            ports.outbox().send(Endpoint.name(target), codec.encode(sent));
        }
    }

    @Override
    public boolean isReachable(RaftEndpoint endpoint) {
        return true;
    }
}
