package org.mirrorlog.owner;

import akka.actor.Props;
import akka.persistence.RecoveryCompleted;
import akka.persistence.SnapshotOffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeathRules;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Retirement;

/**
 * Retires one log, and ends: replays it, appends what the retirement says, writes the state out and deletes everything
 * before it. It is an owner like any other: its append is refused if another one has gone on (D1), and another one's
 * after it is, which replays. So nobody has to be found or stopped first. Wherever it ends early, the log is as sound
 * as before, and it can be done again.
 */
final class Retirer extends LastWriter {
    private final Order order;
    private LogState state = LogState.unborn();

    /** How far to go. */
    enum Extent {
        /** Replay, and change nothing. */
        LOOK,
        /** Retire it if nothing is lost with it. */
        LOSSLESS,
        /** Retire it unless somebody may still write. */
        ANYWAY
    }

    /**
     * What to do.
     *
     * @param by the daemon that does it
     * @param dead incarnations that were declared dead: the log is told of them first
     */
    record Order(Extent extent, String by, Set<String> dead) { }

    private Retirer(String persistenceId, Order order, CompletableFuture<LogState> result) {
        super(persistenceId, result);
        this.order = order;
    }

    /**
     * The actor.
     *
     * @param result the log as it was before, where it was retired or was to be looked at only; fails with
     *     {@link IllegalStateException} if it may not be retired
     */
    static Props props(String persistenceId, Order order, CompletableFuture<LogState> result) {
        return Props.create(Retirer.class, () -> new Retirer(persistenceId, order, result));
    }

    @Override
    public Receive createReceiveRecover() {
        return receiveBuilder()
                .match(SnapshotOffer.class, offer -> state = (LogState) offer.snapshot())
                .match(Commit.class, commit -> state = state.after(commit))
                .match(RecoveryCompleted.class, done -> recovered())
                .build();
    }

    private void recovered() {
        List<LogEvent> deaths = DeathRules.due(state, order.dead(), List.of());
        LogState then = state.opened().with(deaths);
        boolean isRefused = order.extent() == Extent.LOSSLESS && !Retirement.isLossless(then)
                || order.extent() == Extent.ANYWAY && Retirement.user(then).isPresent();
        if (isRefused) {
            end(new IllegalStateException(Retirement.user(then).map(user -> "it is in use by " + user)
                    .orElse("it is not wholly clean, or not all of its tables have been destroyed")));
            return;
        }
        if (order.extent() == Extent.LOOK) {
            end(then);
            return;
        }
        List<LogEvent> events = new ArrayList<>(deaths);
        events.addAll(Retirement.events(then, order.by()));
        write(state, new Commit(events));
    }

    /** It is retired, and what it takes may grow: it is done again. */
    @Override
    void notDeleted(LogState retired, Throwable why) {
        end(why);
    }
}
