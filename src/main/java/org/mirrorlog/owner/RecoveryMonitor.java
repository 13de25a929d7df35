package org.mirrorlog.owner;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.PendingRecovery;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.owner.OwnerCommand.Decided;
import org.mirrorlog.owner.OwnerCommand.LookForWork;

/**
 * Sees to it that recovery goes on (D12, L5): asks holders of lazily held marks to give them up where these are in the
 * way, and wakes kernels that could recover something and do not ask. Decides nothing; what it forgets costs time. Used
 * by its owner only.
 */
final class RecoveryMonitor {
    /**
     * After so long without anybody at work one kernel is woken; then after twice as long, and so on up to the last.
     */
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LAST_WAIT = Duration.ofSeconds(60);
    /** Instances turned away that wait for others' marks. */
    private static final int MOST_TURNED_AWAY = 1024;

    private final String uuid;
    private final ResyncRequests requests;
    private final InstanceDirectory directory;
    private final OwnerRuntime runtime;
    /** Who was told that there is no work, and the regions that marks alone kept from it. */
    private final Map<InstanceId, RegionSet> turnedAway = new HashMap<>();
    private Duration wait = FIRST_WAIT;
    private int turn;

    RecoveryMonitor(String uuid, ResyncRequests requests, InstanceDirectory directory,
            OwnerRuntime runtime) {
        this.uuid = uuid;
        this.requests = requests;
        this.directory = directory;
        this.runtime = runtime;
    }

    /** After rounds were answered: who has to wait for marks of others, has these asked for. */
    void answered(LogState state, List<Decided> decided) {
        for (Decided one : decided) {
            Round round = one.ask().round();
            if (one.answer() instanceof Answer.NoWork) {
                Map<InstanceId, RegionSet> holders = PendingRecovery.inTheWayOf(state, requests, round.by());
                if (!holders.isEmpty() && turnedAway.size() < MOST_TURNED_AWAY) {
                    turnedAway.put(round.by(), holders.values().stream().reduce(RegionSet.empty(), RegionSet::with));
                }
                askFor(holders);
            } else if (one.answer() instanceof Answer.Wait && round.ask() instanceof Ask.MayWrite write) {
                askFor(PendingRecovery.marksAmong(state, RegionSet.of(write.region()), round.by()));
            }
        }
        lookLater(state);
    }

    private void askFor(Map<InstanceId, RegionSet> holders) {
        holders.forEach((id, regions) ->
                directory.of(id).ifPresent(ref -> ref.tell(new Notice.GiveUp(uuid, id, regions))));
    }

    /** After a commit: marks that somebody waited for are gone, so it may have work now. */
    void committed(LogState state, List<LogEvent> events) {
        if (state.recovery().isPresent()) {
            wait = FIRST_WAIT;
        }
        if (turnedAway.isEmpty() || state.recovery().isPresent()) {
            return;
        }
        for (LogEvent event : events) {
            if (event instanceof LogEvent.Cleared cleared) {
                List<InstanceId> due = turnedAway.entrySet().stream()
                        .filter(e -> e.getValue().intersects(cleared.regions())).map(Map.Entry::getKey).toList();
                due.stream().filter(PendingRecovery.takers(state, requests)::contains).forEach(id -> {
                    turnedAway.remove(id);
                    wake(id);
                });
            }
        }
    }

    private void lookLater(LogState state) {
        if (PendingRecovery.isThere(state) && !runtime.isTimerActive(LookForWork.INSTANCE)) {
            runtime.startTimer(LookForWork.INSTANCE, wait);
        }
    }

    /** What it is told. */
    void heed(LogState state, OwnerCommand.OfRecovery news) {
        if (news instanceof OwnerCommand.PauseResync pause && pause.seconds() > 0) {
            requests.pause(true);
            runtime.startTimer(OwnerCommand.ResyncGoesOn.INSTANCE,
                    Duration.ofSeconds(Math.min(pause.seconds(), OwnerCommand.PauseResync.MOST_SECONDS)));
        } else if (news instanceof LookForWork) {
            look(state);
        } else {
            runtime.cancelTimer(OwnerCommand.ResyncGoesOn.INSTANCE);
            requests.pause(false);
            wait = FIRST_WAIT;
            look(state);
        }
    }

    /** Nobody has been at work for a while: looks whether anything can be done about it. */
    private void look(LogState state) {
        if (PendingRecovery.isThere(state) && isAnythingDone(state)) {
            lookLater(state);
        }
    }

    private boolean isAnythingDone(LogState state) {
        requests.goOn();
        List<InstanceId> takers = PendingRecovery.takers(state, requests).stream()
                .filter(id -> directory.of(id).isPresent()).toList();
        boolean isAnything = !takers.isEmpty();
        if (isAnything) {
            wake(takers.get(Math.floorMod(turn++, takers.size())));
        } else {
            for (InstanceId id : state.members().keySet()) {
                Map<InstanceId, RegionSet> holders = PendingRecovery.inTheWayOf(state, requests, id);
                isAnything |= !holders.isEmpty();
                askFor(holders);
            }
        }
        Duration doubled = wait.multipliedBy(2);
        wait = doubled.compareTo(LAST_WAIT) > 0 ? LAST_WAIT : doubled;
        return isAnything;
    }

    private void wake(InstanceId id) {
        directory.of(id).ifPresent(ref -> ref.tell(new Notice.Wake(uuid, id)));
    }
}
