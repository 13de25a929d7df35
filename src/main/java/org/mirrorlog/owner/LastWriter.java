package org.mirrorlog.owner;

import akka.persistence.AbstractPersistentActor;
import akka.persistence.DeleteMessagesFailure;
import akka.persistence.DeleteMessagesSuccess;
import akka.persistence.DeleteSnapshotsFailure;
import akka.persistence.DeleteSnapshotsSuccess;
import akka.persistence.SaveSnapshotFailure;
import akka.persistence.SaveSnapshotSuccess;
import akka.persistence.SnapshotSelectionCriteria;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogState;

/**
 * Writes one commit to a log, then the state after it, deletes all else of the log, and ends. It is an owner like any
 * other: its append is refused if another one has gone on (D1), and another one's after it is. Whatever fails, it ends.
 */
abstract class LastWriter extends AbstractPersistentActor {
    private final String persistenceId;
    private final CompletableFuture<LogState> result;
    private LogState written;

    LastWriter(String persistenceId, CompletableFuture<LogState> result) {
        this.persistenceId = persistenceId;
        this.result = result;
    }

    @Override
    public final String persistenceId() {
        return persistenceId;
    }

    /** Appends, and sees that every later replay begins behind it. */
    final void write(LogState before, Commit last) {
        persist(last, commit -> {
            written = before.after(commit);
            written.check();
            saveSnapshot(written);
        });
    }

    @Override
    public final Receive createReceive() {
        return receiveBuilder()
                .match(SaveSnapshotSuccess.class, saved -> deleteSnapshots(above()))
                .match(DeleteSnapshotsSuccess.class, deleted -> deleted.criteria().equals(above()),
                        deleted -> deleteMessages(lastSequenceNr()))
                .match(DeleteMessagesSuccess.class, deleted -> deleteSnapshots(
                        SnapshotSelectionCriteria.create(lastSequenceNr() - 1, Long.MAX_VALUE)))
                .match(DeleteSnapshotsSuccess.class, deleted -> end(written))
                .match(SaveSnapshotFailure.class, failure -> end(failure.cause()))
                .match(DeleteMessagesFailure.class, failure -> notDeleted(written, failure.cause()))
                .match(DeleteSnapshotsFailure.class, failure -> notDeleted(written, failure.cause()))
                .build();
    }

    /** States of a history whose end is lost: they say so in every replay, and the head grows beyond them. */
    private SnapshotSelectionCriteria above() {
        return SnapshotSelectionCriteria.create(Long.MAX_VALUE, Long.MAX_VALUE, lastSequenceNr() + 1, 0);
    }

    /** The state is written out, and something beside it could not be deleted: one of the two ends follows. */
    abstract void notDeleted(LogState state, Throwable why);

    final void end(LogState state) {
        result.complete(state);
        getContext().stop(getSelf());
    }

    final void end(Throwable why) {
        result.completeExceptionally(why);
        getContext().stop(getSelf());
    }

    /** What it throws, it would throw again: it is not tried by itself. */
    @Override
    public final void preRestart(Throwable reason, Optional<Object> message) {
        result.completeExceptionally(reason);
    }

    @Override
    public final void postRestart(Throwable reason) {
        getContext().stop(getSelf());
    }

    @Override
    public final void onRecoveryFailure(Throwable cause, scala.Option<Object> event) {
        result.completeExceptionally(cause);
    }

    @Override
    public final void onPersistFailure(Throwable cause, Object event, long sequenceNr) {
        result.completeExceptionally(cause);
    }

    @Override
    public final void onPersistRejected(Throwable cause, Object event, long sequenceNr) {
        end(cause);
    }
}
