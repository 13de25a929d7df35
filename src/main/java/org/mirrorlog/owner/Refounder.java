package org.mirrorlog.owner;

import akka.actor.Props;
import akka.persistence.Recovery;
import akka.persistence.RecoveryCompleted;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;

/**
 * Adopts a log whose history is lost in part, and ends: appends the adoption right behind the journal's head, without
 * a replay, then writes the state out, with which every later replay begins, and deletes what is before it, and any
 * snapshot that shows that the end of the history is lost: its state is the one that is adopted. It is an owner like
 * any other: it appends nothing if another one has gone on since the replay that it was decided on, and is refused if
 * that happens just then (D1), as another one's append after it is.
 *
 * <p>Until the state is written out, and no snapshot is above it, the log cannot be replayed, as before; from then on
 * it is adopted. Should the lost part come back in between, the adoption is an event of that history like any other.
 */
final class Refounder extends LastWriter {
    /**
     * Beyond what anybody can have heard of, where adoptions by {@link Adopting#FAR}, fewer than 65,536 of them, have
     * lifted the number that is lost. An earlier lift by this much is in what is left, or was heard of, mostly. Where
     * it is not, the journal's head, which this is added to as well, has grown with the number since; should somebody
     * know of more all the same, everything is held (D2) until it is adopted once more, above that.
     */
    static final long FARTHER = 1L << 48;

    private final Order order;

    /**
     * What to write.
     *
     * @param basis what it was decided on: nothing is written behind another head
     * @param by the daemon that does it
     * @param heard the highest number that anybody has shown to know of
     * @param awaited by incarnation, the names of the nodes whose kernels may be in a session, beside those that are
     *     in what could be read
     */
    record Order(Refounding.Basis basis, String by, long heard, Map<String, String> awaited) {
        Order {
            awaited = new LinkedHashMap<>(awaited);
        }
    }

    private Refounder(String persistenceId, Order order, CompletableFuture<LogState> result) {
        super(persistenceId, result);
        this.order = order;
    }

    /**
     * The actor.
     *
     * @param result the log as it is from then on, once a replay begins there
     */
    static Props props(String persistenceId, Order order, CompletableFuture<LogState> result) {
        return Props.create(Refounder.class, () -> new Refounder(persistenceId, order, result));
    }

    /** The head, and nothing else. */
    @Override
    public Recovery recovery() {
        return Recovery.none();
    }

    @Override
    public Receive createReceiveRecover() {
        return receiveBuilder().match(RecoveryCompleted.class, done -> adopt()).build();
    }

    private void adopt() {
        if (lastSequenceNr() != order.basis().head()) {
            end(new IllegalStateException("another owner has gone on, from commit " + order.basis().head() + " to "
                    + lastSequenceNr()));
            return;
        }
        LogState replayed = order.basis().replayed();
        long known = Math.max(lastSequenceNr(), Math.max(replayed.number(), order.heard()));
        write(replayed, new Commit(List.of(new LogEvent.OwnerChanged(order.by()),
                new LogEvent.Adopted(known + FARTHER, order.awaited()))));
    }

    /**
     * What is older and could not be deleted is never read again, and deleted with the next snapshots; a snapshot that
     * shows a loss holds the log until it is adopted once more.
     */
    @Override
    void notDeleted(LogState adopted, Throwable why) {
        end(adopted);
    }
}
