package org.mirrorlog.journal.raft.micro;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.microraft.MembershipChangeMode;
import io.microraft.model.RaftModelFactory;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.RaftMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mirrorlog.journal.raft.ByteReader;
import org.mirrorlog.journal.raft.Chunk;
import org.mirrorlog.journal.raft.Members;

/** The bytes of the engine's messages: what is written is read, and whatever else comes is refused. */
class MessageCodecTest {

    private static final RaftModelFactory MODEL = new DefaultRaftModelFactory();

    private final Random random = new Random(Long.getLong("seed", 7));
    private final MessageCodec codec = new MessageCodec("group");

    @Test
    void shouldReadWhatItWroteAndRefuseWhatIsCutOrChanged() {
        for (int i = 0; i < 3000; i++) {
            byte[] bytes = codec.encode(message(i % 10));

            assertArrayEquals(bytes, codec.encode(codec.decode(bytes)));
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            assertThrows(ByteReader.Malformed.class, () -> codec.decode(cut));
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
            assertThrows(ByteReader.Malformed.class, () -> codec.decode(longer));
            assertThrows(ByteReader.Malformed.class, () -> new MessageCodec("other").decode(bytes));
            mutate(bytes);
        }
    }

    /** A changed byte may make another message; what it makes of none is one of two exceptions. */
    private void mutate(byte[] bytes) {
        byte[] changed = bytes.clone();
        changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        try {
            codec.decode(changed);
        } catch (ByteReader.Malformed | IllegalArgumentException e) {
            assertTrue(e.getMessage() != null);
        }
    }

    @Test
    void shouldSendAsManyEntriesAsFitAndTellOfNoCommitBehindThem() {
        AppendEntriesRequest all = append(List.of(entry(5, 100), entry(6, 100), entry(7, 1000)), 9);

        assertEquals(all, codec.within(10_000, all));
        AppendEntriesRequest two = (AppendEntriesRequest) codec.within(400, all);
        assertEquals(List.of(5L, 6L), two.getLogEntries().stream().map(LogEntry::getIndex).toList());
        assertEquals(6, two.getCommitIndex());
        assertEquals(4, two.getPreviousLogIndex());
        assertEquals(1, ((AppendEntriesRequest) codec.within(1, all)).getLogEntries().size(), "one, whatever its size");
        assertEquals(3, ((AppendEntriesRequest) codec.within(400, append(all.getLogEntries(), 3))).getCommitIndex());
    }

    /** The engine makes only the first of several changes that come together its own before they are committed. */
    @Test
    void shouldSendNothingBehindAChangeOfTheGroup() {
        AppendEntriesRequest all = append(List.of(entry(5, 10), change(6), entry(7, 10), change(8)), 9);

        AppendEntriesRequest sent = (AppendEntriesRequest) codec.within(10_000, all);

        assertEquals(List.of(5L, 6L), sent.getLogEntries().stream().map(LogEntry::getIndex).toList());
        assertEquals(6, sent.getCommitIndex());
    }

    private static LogEntry change(long index) {
        return MODEL.createLogEntryBuilder().setIndex(index).setTerm(2).setOperation(MODEL
                .createUpdateRaftGroupMembersOpBuilder().setMembers(Endpoint.of(List.of("a", "b", "c/1")))
                .setVotingMembers(Endpoint.of(List.of("a", "b"))).setEndpoint(new Endpoint("c/1"))
                .setMode(MembershipChangeMode.values()[(int) (index % 3)]).build()).build();
    }

    private static LogEntry entry(long index, int bytes) {
        return MODEL.createLogEntryBuilder().setIndex(index).setTerm(2).setOperation(new Operation(new byte[bytes]))
                .build();
    }

    private static AppendEntriesRequest append(List<LogEntry> entries, long commit) {
        return MODEL.createAppendEntriesRequestBuilder().setGroupId("group").setSender(new Endpoint("a")).setTerm(2)
                .setPreviousLogTerm(1).setPreviousLogIndex(4).setCommitIndex(commit).setQuerySequenceNumber(1)
                .setFlowControlSequenceNumber(2).setLogEntries(entries).build();
    }

    private RaftMessage message(int kind) {
        Endpoint sender = new Endpoint("node-" + random.nextInt(9));
        int term = random.nextInt(100);
        long index = random.nextInt(1000);
        boolean is = random.nextBoolean();
        return switch (kind) {
            case 0 -> {
                List<LogEntry> entries = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    int which = random.nextInt(5);
                    entries.add(which == 0 ? change(index + i) : which > 1 ? entry(index + i, random.nextInt(300))
                            : MODEL.createLogEntryBuilder().setIndex(index).setTerm(term)
                                    .setOperation(Operation.NEW_TERM).build());
                }
                yield append(entries, index);
            }
            case 1 -> MODEL.createAppendEntriesSuccessResponseBuilder().setGroupId("group").setSender(sender)
                    .setTerm(term).setLastLogIndex(index).setQuerySequenceNumber(index)
                    .setFlowControlSequenceNumber(index).build();
            case 2 -> MODEL.createAppendEntriesFailureResponseBuilder().setGroupId("group").setSender(sender)
                    .setTerm(term).setExpectedNextIndex(index).setQuerySequenceNumber(index)
                    .setFlowControlSequenceNumber(index).build();
            case 3 -> MODEL.createPreVoteRequestBuilder().setGroupId("group").setSender(sender).setTerm(term)
                    .setLastLogTerm(term).setLastLogIndex(index).build();
            case 4 -> MODEL.createPreVoteResponseBuilder().setGroupId("group").setSender(sender).setTerm(term)
                    .setGranted(is).build();
            case 5 -> MODEL.createVoteRequestBuilder().setGroupId("group").setSender(sender).setTerm(term)
                    .setLastLogTerm(term).setLastLogIndex(index).setSticky(is).build();
            case 6 -> MODEL.createVoteResponseBuilder().setGroupId("group").setSender(sender).setTerm(term)
                    .setGranted(is).build();
            case 7 -> MODEL.createTriggerLeaderElectionRequestBuilder().setGroupId("group").setSender(sender)
                    .setTerm(term).setLastLogTerm(term).setLastLogIndex(index).build();
            case 8 -> MODEL.createInstallSnapshotResponseBuilder().setGroupId("group").setSender(sender).setTerm(term)
                    .setSnapshotIndex(index).setRequestedSnapshotChunkIndex(term).setQuerySequenceNumber(index)
                    .setFlowControlSequenceNumber(index).build();
            default -> install(sender, term, index, is);
        };
    }

    private RaftMessage install(Endpoint sender, int term, long index, boolean hasChunk) {
        Members members = new Members(index, List.of("a", "b", "c"), List.of("a", "b"));
        byte[] bytes = new byte[random.nextInt(500)];
        random.nextBytes(bytes);
        return MODEL.createInstallSnapshotRequestBuilder().setGroupId("group").setSender(sender).setTerm(term)
                .setSenderLeader(true).setSnapshotTerm(term).setSnapshotIndex(index).setTotalSnapshotChunkCount(2)
                .setSnapshottedMembers(Endpoint.of(List.of("a", "b"))).setGroupMembersView(MessageCodec.view(members))
                .setQuerySequenceNumber(index).setFlowControlSequenceNumber(index)
                .setSnapshotChunk(hasChunk ? MessageCodec.chunk(new Chunk(index, term, 1, 2, members, bytes)) : null)
                .build();
    }
}
