package org.mirrorlog.journal.raft.micro;

import io.microraft.RaftEndpoint;
import io.microraft.model.RaftModelFactory;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.message.AppendEntriesFailureResponse;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.InstallSnapshotResponse;
import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.PreVoteResponse;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.TriggerLeaderElectionRequest;
import io.microraft.model.message.VoteRequest;
import io.microraft.model.message.VoteResponse;
import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.journal.raft.ByteReader;
import org.mirrorlog.journal.raft.ByteWriter;
import org.mirrorlog.journal.raft.Chunk;
import org.mirrorlog.journal.raft.Members;

/** The bytes of the engine's messages: a version, a kind, group, sender and term, then the fields in order. */
final class MessageCodec {

    static final int VERSION = 1;

    private static final int APPEND = 1;
    private static final int APPENDED = 2;
    private static final int NOT_APPENDED = 3;
    private static final int INSTALL = 4;
    private static final int INSTALL_MORE = 5;
    private static final int PRE_VOTE = 6;
    private static final int PRE_VOTED = 7;
    private static final int VOTE = 8;
    private static final int VOTED = 9;
    private static final int ELECT_YOURSELF = 10;

    private static final RaftModelFactory MODEL = new DefaultRaftModelFactory();

    /** What all messages begin with. */
    private record Head(String group, RaftEndpoint sender, int term) {
    }

    private final String group;

    MessageCodec(String group) {
        this.group = group;
    }

    static RaftGroupMembersView view(Members members) {
        return MODEL.createRaftGroupMembersViewBuilder().setLogIndex(members.index())
                .setMembers(Endpoint.of(members.all())).setVotingMembers(Endpoint.of(members.voters())).build();
    }

    static Chunk chunk(SnapshotChunk chunk) {
        return new Chunk(chunk.getIndex(), chunk.getTerm(), chunk.getSnapshotChunkIndex(),
                chunk.getSnapshotChunkCount(), Endpoint.members(chunk.getGroupMembersView()),
                (byte[]) chunk.getOperation());
    }

    static SnapshotChunk chunk(Chunk chunk) {
        return MODEL.createSnapshotChunkBuilder().setIndex(chunk.index()).setTerm(chunk.term())
                .setSnapshotChunkIndex(chunk.number()).setSnapshotChunkCount(chunk.count())
                .setGroupMembersView(view(chunk.members())).setOperation(chunk.bytes()).build();
    }

    /** The same entries for a log that has none, and nothing else to do. */
    RaftMessage fromTheBeginning(AppendEntriesRequest append) {
        return MODEL.createAppendEntriesRequestBuilder().setGroupId(group).setSender(append.getSender())
                .setTerm(append.getTerm()).setPreviousLogTerm(0).setPreviousLogIndex(0).setCommitIndex(0)
                .setQuerySequenceNumber(append.getQuerySequenceNumber())
                .setFlowControlSequenceNumber(append.getFlowControlSequenceNumber())
                .setLogEntries(append.getLogEntries()).build();
    }

    /**
     * The same message with as many of its first entries as so many bytes hold, at least one: a follower may always be
     * sent fewer. It is told of no commit behind them, since it may hold something else there. None follows a change of
     * the group, since the engine makes only the first of several that come together its own.
     */
    RaftMessage within(int bytes, AppendEntriesRequest append) {
        List<LogEntry> some = new ArrayList<>();
        long size = 0;
        for (LogEntry entry : append.getLogEntries()) {
            size += Operation.storedBytes(entry.getOperation());
            if (!some.isEmpty() && size > bytes) {
                break;
            }
            some.add(entry);
            if (entry.getOperation() instanceof UpdateRaftGroupMembersOp) {
                break;
            }
        }
        if (some.size() == append.getLogEntries().size()) {
            return append;
        }
        return MODEL.createAppendEntriesRequestBuilder().setGroupId(group).setSender(append.getSender())
                .setTerm(append.getTerm()).setPreviousLogTerm(append.getPreviousLogTerm())
                .setPreviousLogIndex(append.getPreviousLogIndex())
                .setCommitIndex(Math.min(append.getCommitIndex(), some.get(some.size() - 1).getIndex()))
                .setQuerySequenceNumber(append.getQuerySequenceNumber())
                .setFlowControlSequenceNumber(append.getFlowControlSequenceNumber()).setLogEntries(some).build();
    }

    /** The same answer of a log that has entries before. */
    RaftMessage countedFrom(long index, AppendEntriesSuccessResponse answer) {
        return MODEL.createAppendEntriesSuccessResponseBuilder().setGroupId(group).setSender(answer.getSender())
                .setTerm(answer.getTerm()).setLastLogIndex(index + answer.getLastLogIndex())
                .setQuerySequenceNumber(answer.getQuerySequenceNumber())
                .setFlowControlSequenceNumber(answer.getFlowControlSequenceNumber()).build();
    }

    byte[] encode(RaftMessage message) {
        ByteWriter out = new ByteWriter(256);
        out.putByte(VERSION).putByte(kind(message)).putText((String) message.getGroupId());
        out.putText(Endpoint.name(message.getSender())).putInt(message.getTerm());
        if (message instanceof AppendEntriesRequest append) {
            write(out, append);
        } else if (message instanceof AppendEntriesSuccessResponse answer) {
            out.putLong(answer.getLastLogIndex()).putLong(answer.getQuerySequenceNumber());
            out.putLong(answer.getFlowControlSequenceNumber());
        } else if (message instanceof AppendEntriesFailureResponse answer) {
            out.putLong(answer.getExpectedNextIndex()).putLong(answer.getQuerySequenceNumber());
            out.putLong(answer.getFlowControlSequenceNumber());
        } else if (message instanceof InstallSnapshotRequest install) {
            write(out, install);
        } else if (message instanceof InstallSnapshotResponse answer) {
            out.putLong(answer.getSnapshotIndex()).putInt(answer.getRequestedSnapshotChunkIndex());
            out.putLong(answer.getQuerySequenceNumber()).putLong(answer.getFlowControlSequenceNumber());
        } else if (message instanceof PreVoteRequest ask) {
            out.putInt(ask.getLastLogTerm()).putLong(ask.getLastLogIndex());
        } else if (message instanceof PreVoteResponse answer) {
            out.putByte(answer.isGranted() ? 1 : 0);
        } else if (message instanceof VoteRequest ask) {
            out.putInt(ask.getLastLogTerm()).putLong(ask.getLastLogIndex()).putByte(ask.isSticky() ? 1 : 0);
        } else if (message instanceof VoteResponse answer) {
            out.putByte(answer.isGranted() ? 1 : 0);
        } else if (message instanceof TriggerLeaderElectionRequest trigger) {
            out.putInt(trigger.getLastLogTerm()).putLong(trigger.getLastLogIndex());
        }
        return out.toBytes();
    }

    private static int kind(RaftMessage message) {
        return message instanceof AppendEntriesRequest ? APPEND
                : message instanceof AppendEntriesSuccessResponse ? APPENDED
                : message instanceof AppendEntriesFailureResponse ? NOT_APPENDED
                : message instanceof InstallSnapshotRequest ? INSTALL
                : message instanceof InstallSnapshotResponse ? INSTALL_MORE
                : message instanceof PreVoteRequest ? PRE_VOTE
                : message instanceof PreVoteResponse ? PRE_VOTED
                : message instanceof VoteRequest ? VOTE
                : message instanceof VoteResponse ? VOTED : ELECT_YOURSELF;
    }

    private static void write(ByteWriter out, AppendEntriesRequest append) {
        out.putInt(append.getPreviousLogTerm()).putLong(append.getPreviousLogIndex());
        out.putLong(append.getCommitIndex()).putLong(append.getQuerySequenceNumber());
        out.putLong(append.getFlowControlSequenceNumber()).putInt(append.getLogEntries().size());
        for (LogEntry entry : append.getLogEntries()) {
            out.putLong(entry.getIndex()).putInt(entry.getTerm());
            out.putBytes(Operation.payload(entry.getOperation()));
        }
    }

    private static void write(ByteWriter out, InstallSnapshotRequest install) {
        out.putByte(install.isSenderLeader() ? 1 : 0).putInt(install.getSnapshotTerm());
        out.putLong(install.getSnapshotIndex()).putInt(install.getTotalSnapshotChunkCount());
        out.putTexts(Endpoint.names(install.getSnapshottedMembers()));
        write(out, Endpoint.members(install.getGroupMembersView()));
        out.putLong(install.getQuerySequenceNumber()).putLong(install.getFlowControlSequenceNumber());
        SnapshotChunk chunk = install.getSnapshotChunk();
        out.putByte(chunk == null ? 0 : 1);
        if (chunk != null) {
            chunk(chunk).write(out);
        }
    }

    private static void write(ByteWriter out, Members members) {
        out.putLong(members.index()).putTexts(members.all()).putTexts(members.voters());
    }

    /** @throws ByteReader.Malformed if it is not a message of this group that this program knows */
    RaftMessage decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        int version = in.getByte();
        int kind = in.getByte();
        Head head = new Head(in.getText(), new Endpoint(in.getText()), in.getInt());
        if (version != VERSION || !head.group().equals(group)) {
            throw new ByteReader.Malformed("a message of version " + version + " of group " + head.group());
        }
        RaftMessage message = switch (kind) {
            case APPEND -> append(head, in);
            case APPENDED -> MODEL.createAppendEntriesSuccessResponseBuilder().setGroupId(group)
                    .setSender(head.sender()).setTerm(head.term()).setLastLogIndex(in.getLong())
                    .setQuerySequenceNumber(in.getLong()).setFlowControlSequenceNumber(in.getLong()).build();
            case NOT_APPENDED -> MODEL.createAppendEntriesFailureResponseBuilder().setGroupId(group)
                    .setSender(head.sender()).setTerm(head.term()).setExpectedNextIndex(in.getLong())
                    .setQuerySequenceNumber(in.getLong()).setFlowControlSequenceNumber(in.getLong()).build();
            case INSTALL -> install(head, in);
            case INSTALL_MORE -> MODEL.createInstallSnapshotResponseBuilder().setGroupId(group)
                    .setSender(head.sender()).setTerm(head.term()).setSnapshotIndex(in.getLong())
                    .setRequestedSnapshotChunkIndex(in.getInt()).setQuerySequenceNumber(in.getLong())
                    .setFlowControlSequenceNumber(in.getLong()).build();
            default -> election(kind, head, in);
        };
        in.end();
        return message;
    }

    private RaftMessage election(int kind, Head head, ByteReader in) {
        return switch (kind) {
            case PRE_VOTE -> MODEL.createPreVoteRequestBuilder().setGroupId(group).setSender(head.sender())
                    .setTerm(head.term()).setLastLogTerm(in.getInt()).setLastLogIndex(in.getLong()).build();
            case PRE_VOTED -> MODEL.createPreVoteResponseBuilder().setGroupId(group).setSender(head.sender())
                    .setTerm(head.term()).setGranted(in.getByte() != 0).build();
            case VOTE -> MODEL.createVoteRequestBuilder().setGroupId(group).setSender(head.sender())
                    .setTerm(head.term()).setLastLogTerm(in.getInt()).setLastLogIndex(in.getLong())
                    .setSticky(in.getByte() != 0).build();
            case VOTED -> MODEL.createVoteResponseBuilder().setGroupId(group).setSender(head.sender())
                    .setTerm(head.term()).setGranted(in.getByte() != 0).build();
            case ELECT_YOURSELF -> MODEL.createTriggerLeaderElectionRequestBuilder().setGroupId(group)
                    .setSender(head.sender()).setTerm(head.term()).setLastLogTerm(in.getInt())
                    .setLastLogIndex(in.getLong()).build();
            default -> throw new ByteReader.Malformed("a message of kind " + kind);
        };
    }

    private RaftMessage append(Head head, ByteReader in) {
        var builder = MODEL.createAppendEntriesRequestBuilder().setGroupId(group).setSender(head.sender())
                .setTerm(head.term()).setPreviousLogTerm(in.getInt()).setPreviousLogIndex(in.getLong())
                .setCommitIndex(in.getLong()).setQuerySequenceNumber(in.getLong())
                .setFlowControlSequenceNumber(in.getLong());
        int count = in.count(Long.BYTES);
        List<LogEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(MODEL.createLogEntryBuilder().setIndex(in.getLong()).setTerm(in.getInt())
                    .setOperation(Operation.of(in.getBytes())).build());
        }
        return builder.setLogEntries(entries).build();
    }

    private RaftMessage install(Head head, ByteReader in) {
        var builder = MODEL.createInstallSnapshotRequestBuilder().setGroupId(group).setSender(head.sender())
                .setTerm(head.term()).setSenderLeader(in.getByte() != 0).setSnapshotTerm(in.getInt())
                .setSnapshotIndex(in.getLong()).setTotalSnapshotChunkCount(in.getInt())
                .setSnapshottedMembers(Endpoint.of(in.getTexts()));
        builder.setGroupMembersView(view(new Members(in.getLong(), in.getTexts(), in.getTexts())));
        builder.setQuerySequenceNumber(in.getLong()).setFlowControlSequenceNumber(in.getLong());
        return builder.setSnapshotChunk(in.getByte() == 0 ? null : chunk(Chunk.read(in))).build();
    }
}
