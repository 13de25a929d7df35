package org.mirrorlog.journal.raft.micro;

import io.microraft.model.RaftModelFactory;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.log.SnapshotEntry;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RestoredRaftState;
import java.util.List;
import org.mirrorlog.journal.raft.Chunk;
import org.mirrorlog.journal.raft.Entry;
import org.mirrorlog.journal.raft.Recovered;
import org.mirrorlog.journal.raft.Seat;
import org.mirrorlog.journal.raft.Vote;

/** What a store held, as the engine wants to be told. */
final class Restored {

    private static final RaftModelFactory MODEL = new DefaultRaftModelFactory();

    private Restored() {
    }

    static RestoredRaftState of(Recovered recovered) {
        // Whoever was made a member later begins with what it is now: its seat may be one step behind, or ahead.
        List<LogEntry> entries = recovered.entries().stream().map(Restored::entry).toList();
        Seat seat = recovered.seat();
        return new RestoredRaftState(
                MODEL.createRaftEndpointPersistentStateBuilder().setLocalEndpoint(new Endpoint(seat.name()))
                        .setVoting(voters(recovered, entries).contains(seat.name())).build(),
                MessageCodec.view(seat.initial()), term(recovered.vote()), checkpoint(recovered.checkpoint()), entries);
    }

    private static List<String> voters(Recovered recovered, List<LogEntry> entries) {
        List<String> voters = recovered.checkpoint().isEmpty() ? recovered.seat().initial().voters()
                : recovered.checkpoint().get(0).members().voters();
        for (LogEntry entry : entries) {
            if (entry.getOperation() instanceof UpdateRaftGroupMembersOp change) {
                voters = Endpoint.names(change.getVotingMembers());
            }
        }
        return voters;
    }

    private static RaftTermPersistentState term(Vote vote) {
        return MODEL.createRaftTermPersistentStateBuilder().setTerm(vote.term())
                .setVotedFor(vote.candidate().isEmpty() ? null : new Endpoint(vote.candidate())).build();
    }

    private static LogEntry entry(Entry entry) {
        return MODEL.createLogEntryBuilder().setIndex(entry.index()).setTerm(entry.term())
                .setOperation(Operation.of(entry.payload())).build();
    }

    /** Null without one. */
    private static SnapshotEntry checkpoint(List<Chunk> parts) {
        if (parts.isEmpty()) {
            return null;
        }
        Chunk first = parts.get(0);
        List<SnapshotChunk> chunks = parts.stream().map(MessageCodec::chunk).toList();
        return MODEL.createSnapshotEntryBuilder().setIndex(first.index()).setTerm(first.term())
                .setSnapshotChunks(chunks).setGroupMembersView(MessageCodec.view(first.members())).build();
    }
}
