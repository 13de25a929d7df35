package org.mirrorlog.journal.raft.micro;

import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.persistence.RaftEndpointPersistentState;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RaftStore;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.mirrorlog.journal.raft.Entry;
import org.mirrorlog.journal.raft.EntryStore;
import org.mirrorlog.journal.raft.Members;
import org.mirrorlog.journal.raft.Seat;
import org.mirrorlog.journal.raft.Vote;

/**
 * The store as the engine wants it, until it fails for the first time: the engine acknowledges entries whose force
 * failed, so from then on nothing is stored, and nothing may leave this member, any more.
 */
final class FailStopStore implements RaftStore {

    /** Does something with the store. */
    @FunctionalInterface
    private interface Work {
        void run(EntryStore store) throws IOException;
    }

    private final EntryStore store;
    private final Consumer<Throwable> fatal;
    private String name;
    private boolean isVoter;
    private Members initial;
    private boolean hasFailed;

    /** @param fatal told of the first error, once: the program has to end */
    FailStopStore(EntryStore store, Consumer<Throwable> fatal) {
        this.store = store;
        this.fatal = fatal;
    }

    /** Whether this member is at its end. */
    boolean hasFailed() {
        return hasFailed;
    }

    /** This member is at its end, for a reason of its store or another. */
    void fail(Throwable reason) {
        if (!hasFailed) {
            hasFailed = true;
            fatal.accept(reason);
        }
    }

    private void use(Work work) throws IOException {
        if (hasFailed) {
            throw new IOException("the store has failed before");
        }
        try {
            work.run(store);
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw new IOException("the store has failed", e);
        }
    }

    /** Whether so many bytes can be stored. An error of the disk, other than that it is full, is the end. */
    boolean hasRoom(long bytes) {
        boolean[] has = new boolean[1];
        try {
            use(open -> has[0] = open.hasRoom(bytes));
        } catch (IOException e) {
            // It is the end already.
            return false;
        }
        return has[0];
    }

    @Override
    public void persistAndFlushLocalEndpoint(RaftEndpointPersistentState state) throws IOException {
        name = Endpoint.name(state.getLocalEndpoint());
        isVoter = state.isVoting();
        if (initial != null) {
            seat();
        }
    }

    @Override
    public void persistAndFlushInitialGroupMembers(RaftGroupMembersView view) throws IOException {
        // At the start it is told next to the endpoint: both are stored together.
        initial = Endpoint.members(view);
        seat();
    }

    private void seat() throws IOException {
        use(open -> {
            open.seat(new Seat(name, isVoter, initial));
            open.force();
        });
    }

    @Override
    public void persistAndFlushTerm(RaftTermPersistentState state) throws IOException {
        use(open -> {
            open.vote(new Vote(state.getTerm(), Endpoint.name(state.getVotedFor())));
            open.force();
        });
    }

    @Override
    public void persistLogEntries(List<LogEntry> entries) throws IOException {
        List<Entry> stored = entries.stream().map(entry -> new Entry(entry.getIndex(), entry.getTerm(),
                Operation.payload(entry.getOperation()))).toList();
        use(open -> open.append(stored));
    }

    @Override
    public void persistSnapshotChunk(SnapshotChunk chunk) throws IOException {
        use(open -> open.chunk(MessageCodec.chunk(chunk)));
    }

    @Override
    public void truncateLogEntriesFrom(long index) throws IOException {
        use(open -> open.truncateFrom(index));
    }

    @Override
    public void truncateLogEntriesUntil(long index) throws IOException {
        use(open -> open.settled(index));
    }

    @Override
    public void deleteSnapshotChunks(long index, int count) {
        // The first part of the next checkpoint voids them.
    }

    @Override
    public void flush() throws IOException {
        use(EntryStore::force);
    }
}
