package org.mirrorlog.journal;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** What the program asks of the journal it runs on, whichever that is. All methods may be called from any thread. */
public interface Journal extends AutoCloseable {
    /** Of the thread that writes, where it has one. */
    String THREAD_NAME = "mirrorlog-journal";

    /** The identity of this journal (rule D21). */
    JournalId id();

    /**
     * Whether this journal was created, or taken into use, where an earlier one was lost or set aside, as far as the
     * data directory knows. Then a log that this journal does not know may have been known to the earlier one: nothing
     * of it may be taken for clean. It stays so over restarts, until an operator removes the file {@code journal-id}
     * from the data directory of a stopped daemon.
     */
    default boolean isSuccessor() {
        return false;
    }

    /** Why a write would not be taken now, in one line; empty if it would be. */
    Optional<String> problem();

    /** Whether a write would be taken now. */
    default boolean isWritable() {
        return problem().isEmpty();
    }

    /** Tells the operator of a commit that hangs, and of its end. To be called a few times a second. */
    default void look() {
        // It has nothing to tell.
    }

    /**
     * The sequence number of the last event of one persistence id that was accepted from anybody, behind every append
     * asked for before; fails if it cannot be read, or this journal cannot tell.
     */
    CompletionStage<Long> acceptedHead(String persistenceId);

    /**
     * The row in which a cluster says that it lives; empty: this journal has none, for it is not shared, or cannot be
     * asked.
     */
    default Optional<ClusterRow> clusterRow() {
        return Optional.empty();
    }

    /** How its members stand, a moment ago; empty: it has none, or nobody has looked yet. Waits for nothing. */
    default Optional<GroupStanding> group() {
        return Optional.empty();
    }

    /**
     * How often the loop of its thread {@link #THREAD_NAME} has come round: another number than before if it has since,
     * and an odd one while it rests. Always odd, of a journal that has no such thread.
     */
    default long turns() {
        return 1;
    }

    /** Figures since the start. */
    JournalCounters.Snapshot counters();

    /**
     * What has events that a replay could read, by persistence id, with its head: what could be shortened. Nothing, of
     * a journal that cannot tell.
     */
    CompletionStage<Map<String, Long>> withEvents();

    /**
     * Hands over what a history without some of its events still has: each event that is there, in order, on a thread
     * of the journal, perhaps more than once. Fails if it cannot be read now. Nothing, of a journal that one machine
     * alone uses.
     */
    default CompletionStage<Void> remains(String persistenceId, Consumer<byte[]> event) {
        return CompletableFuture.completedStage(null);
    }

    /** A history has ended: what is remembered of it, beside what is stored, may go. */
    default void forget(String persistenceId) {
        // Nothing is.
    }

    /** Writes what waits, as far as that can be done soon, and closes. Waits for that; idempotent. */
    @Override
    void close();
}
