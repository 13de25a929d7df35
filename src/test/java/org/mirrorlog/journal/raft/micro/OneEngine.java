package org.mirrorlog.journal.raft.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.microraft.model.RaftModelFactory;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.VoteResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.JournalOptions;
import org.mirrorlog.journal.SimulatedStorage;
import org.mirrorlog.journal.raft.Answer;
import org.mirrorlog.journal.raft.EntryStore;
import org.mirrorlog.journal.raft.Machine;
import org.mirrorlog.journal.raft.Outcome;
import org.mirrorlog.journal.raft.Recovered;
import org.mirrorlog.journal.raft.Turn;

/** One member, m1 of three, with the real engine on a simulated disk; the messages of the others are made by hand. */
abstract class OneEngine {
    static final RaftModelFactory MODEL = new DefaultRaftModelFactory();
    static final String GROUP = "group";
    private static final JournalOptions FILES =
            new JournalOptions(1 << 16, 2048, 4096, 0, 1, 1 << 20, Duration.ofSeconds(1));
    private static final JournalLog SILENT = new JournalLog() {
        @Override
        public void info(String line) {
        }

        @Override
        public void warn(String line) {
        }

        @Override
        public void error(String line) {
        }
    };

    final SimulatedStorage disk = new SimulatedStorage(new Random(1));
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    final List<RaftMessage> sent = new ArrayList<>();
    final List<Throwable> ends = new ArrayList<>();
    final List<Answer> answers = new ArrayList<>();
    private final MessageCodec codec = new MessageCodec(GROUP);
    MicroRaft engine;
    Error noCheckpoint;

    /** Time stands still: what is scheduled never comes. */
    private final Turn turn = new Turn() {
        @Override
        public void submit(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void schedule(Runnable task, Duration delay) {
        }
    };

    private final Machine machine = new Machine() {
        @Override
        public Outcome apply(long index, byte[] command) {
            return new Outcome.Accepted(index);
        }

        @Override
        public void skip(long index) {
        }

        @Override
        public byte[] checkpoint() {
            if (noCheckpoint != null) {
                throw noCheckpoint;
            }
            return new byte[0];
        }

        @Override
        public void replace(byte[] checkpoint) {
        }

        @Override
        public long checkpointBytes() {
            return 0;
        }
    };

    void start(UnaryOperator<Recovered> memory) throws IOException {
        EntryStore.Opened opened = EntryStore.open(disk, FILES, SILENT, () -> new JournalId(1, 1));
        MicroRaft.Ports ports = new MicroRaft.Ports(turn, (to, message) -> sent.add(codec.decode(message)),
                Clock.fixed(Instant.ofEpochSecond(1_000_000), ZoneOffset.UTC), new Random(1), ends::add);
        engine = new MicroRaft(new MicroRaft.Group(GROUP, "m1", List.of("m1", "m2", "m3")),
                new MicroRaft.Options(1, 1000, 100, 100, 10, 10_000, 1000), ports,
                new EntryStore.Opened(opened.store(), memory.apply(opened.recovered())), machine);
        engine.start();
        drain();
    }

    void drain() {
        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
    }

    void receive(RaftMessage message) {
        engine.receive(codec.encode(message));
        drain();
    }

    void askForVote(String candidate, int term) {
        receive(MODEL.createVoteRequestBuilder().setGroupId(GROUP).setSender(new Endpoint(candidate)).setTerm(term)
                .setLastLogTerm(9).setLastLogIndex(9).setSticky(false).build());
    }

    boolean lastVote() {
        return ((VoteResponse) sent.get(sent.size() - 1)).isGranted();
    }

    RaftMessage appended(int term, long lastIndex) {
        return MODEL.createAppendEntriesSuccessResponseBuilder().setGroupId(GROUP).setSender(new Endpoint("m2"))
                .setTerm(term).setLastLogIndex(lastIndex).setQuerySequenceNumber(0).setFlowControlSequenceNumber(1)
                .build();
    }

    void lead() {
        receive(MODEL.createPreVoteResponseBuilder().setGroupId(GROUP).setSender(new Endpoint("m2")).setTerm(1)
                .setGranted(true).build());
        receive(MODEL.createVoteResponseBuilder().setGroupId(GROUP).setSender(new Endpoint("m2")).setTerm(1)
                .setGranted(true).build());
        assertEquals("m1", engine.leader().orElseThrow());
    }

    RaftMessage append(int term) {
        return MODEL.createAppendEntriesRequestBuilder().setGroupId(GROUP).setSender(new Endpoint("m3")).setTerm(term)
                .setPreviousLogTerm(0).setPreviousLogIndex(0).setCommitIndex(0).setQuerySequenceNumber(0)
                .setFlowControlSequenceNumber(1).setLogEntries(List.of(MODEL.createLogEntryBuilder().setIndex(1)
                        .setTerm(term).setOperation(Operation.NEW_TERM).build())).build();
    }

    /** One follower has all that was sent to it; the other is silent. */
    void haveAnswered(long lastIndex) {
        long newest = sent.stream().filter(AppendEntriesRequest.class::isInstance)
                .mapToLong(message -> ((AppendEntriesRequest) message).getFlowControlSequenceNumber()).max()
                .orElseThrow();
        receive(MODEL.createAppendEntriesSuccessResponseBuilder().setGroupId(GROUP).setSender(new Endpoint("m2"))
                .setTerm(1).setLastLogIndex(lastIndex).setQuerySequenceNumber(0).setFlowControlSequenceNumber(newest)
                .build());
    }
}
