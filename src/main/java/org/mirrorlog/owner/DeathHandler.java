package org.mirrorlog.owner;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.log.DeathRules;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.Reactivation;
import org.mirrorlog.owner.OwnerCommand.Ask;
import org.mirrorlog.owner.OwnerCommand.GiveUpReactivation;
import org.mirrorlog.owner.OwnerCommand.LookAtDeaths;
import org.mirrorlog.owner.OwnerCommand.ReactivateNext;

/**
 * What deaths mean for one log: its history is told of them before anything else is decided (D16), and its survivors
 * are resumed anew, for a bounded time (D22). Used by its owner only.
 */
final class DeathHandler {
    /** How often whoever's turn it is to be resumed anew is told. */
    static final Duration TICK = Duration.ofMillis(500);

    private final OwnerRuntime runtime;
    private final String uuid;
    private final OwnerSettings settings;
    private final DeathList deaths;
    private final Runnable watcher;
    private final InstanceDirectory directory;
    private final Reactivation reactivation = new Reactivation();
    private boolean isLookDue;
    private boolean isGiveUpDue;

    DeathHandler(OwnerRuntime runtime, String uuid,
            OwnerSettings settings, DeathList deaths, InstanceDirectory directory) {
        this.runtime = runtime;
        this.uuid = uuid;
        this.settings = settings;
        this.deaths = deaths;
        this.watcher = () -> runtime.self().tell(LookAtDeaths.INSTANCE);
        this.directory = directory;
        deaths.watch(watcher);
    }

    /** The history has been replayed. */
    void begin(LogState state) {
        watcher.run();
        bound(state);
    }

    /** The owner has stopped. */
    void end() {
        deaths.unwatch(watcher);
    }

    /** Somebody was declared dead. */
    void look() {
        isLookDue = true;
    }

    /** The time of the reactivation is over. */
    void giveUp() {
        isGiveUpDue = true;
    }

    /** Whether the history may have to be told something, rounds or not. */
    boolean isDue() {
        return isLookDue || isGiveUpDue;
    }

    /** It has been told, or need not be. */
    void settled() {
        isLookDue = false;
        isGiveUpDue = false;
    }

    /** What the log has to be told before these rounds are decided. */
    List<LogEvent> pendingEvents(LogState state, List<Ask> rounds) {
        List<LogEvent> events = new ArrayList<>(DeathRules.due(state, deaths.declared(),
                rounds.stream().map(ask -> ask.round().by().incarnation()).toList()));
        events.forEach(event -> runtime.log().warn(
                "log {}: incarnation {} is dead: what it had marked is out of sync", uuid,
                ((LogEvent.Died) event).incarnation()));
        if (isGiveUpDue && state.isReactivating()) {
            runtime.log().error(
                    "log {}: not all survivors of a death were resumed anew in time: what the dead one left"
                    + " out of sync waits until all mirrors of this log were suspended at one time", uuid);
            events.add(new LogEvent.ReactivationGivenUp());
        }
        return events;
    }

    /** What follows from the events of a commit, for the same commit. */
    List<LogEvent> reactivation(LogState before, List<LogEvent> events) {
        return settings.reactivation().isPresent()
                ? DeathRules.reactivation(before.opened().with(events), events) : List.of();
    }

    /** A reactivation that does not end would keep hints low, and every write slow, for ever. */
    void bound(LogState state) {
        if (!state.isReactivating()) {
            runtime.cancelTimer(GiveUpReactivation.INSTANCE);
            runtime.cancelTimer(ReactivateNext.INSTANCE);
        } else if (!runtime.isTimerActive(GiveUpReactivation.INSTANCE)) {
            runtime.log().warn(
                    "log {}: its mirrors are suspended and resumed, node after node, to resync what a dead one"
                    + " left", uuid);
            runtime.repeat(ReactivateNext.INSTANCE, TICK);
            runtime.startTimer(GiveUpReactivation.INSTANCE,
                    settings.reactivation().orElse(Duration.ZERO));
        }
    }

    /** Whoever's turn it is is told to resume anew. */
    void tick(LogState state) {
        if (state.isReactivating()) {
            reactivation.tick(state, id -> directory.of(id).isPresent()).ifPresent(id ->
                    directory.of(id).ifPresent(ref -> ref.tell(new Notice.Reactivate(uuid, id))));
        }
    }
}
