package org.mirrorlog.log;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who may copy which region, when (R1–R4), and what becomes of it. */
final class ResyncRules {
    private ResyncRules() {
    }

    /**
     * The next region for this instance: the one it has already, else the latest that a writer waits for, else the
     * lowest, unless an operator has paused that.
     */
    static Decision next(LogState state, ResyncRequests requests, InstanceId by) {
        requests.halted(by, state.members().get(by).session(), false);
        Optional<Recovery> running = state.recovery();
        boolean isOver = running.isPresent() && running.get().recoverer().equals(by) && state.isAwaiting();
        if (isOver) {
            // It copies nothing now, and is not to begin again: others wait no longer.
            return new Decision(List.of(new LogEvent.ResyncReleased(by)), new Answer.NoWork());
        }
        if (running.isPresent()) {
            return running.get().recoverer().equals(by) ? assign(by, running.get().region())
                    : Decision.deny(new Answer.NoWork());
        }
        long region = requests.isMakingWay() ? -1 : free(state, requests, by);
        return region < 0 ? Decision.deny(new Answer.NoWork()) : assign(by, region);
    }

    /** The region that this instance would be given while nobody copies any, or -1. */
    static long free(LogState state, ResyncRequests requests, InstanceId by) {
        if (state.isAwaiting()) {
            return -1;
        }
        RegionSet barred = barred(state, by).with(markedBeside(state, by));
        long from = state.highestHintBeside(by);
        long region = requests.firstOf(state.unsynced()::contains, r -> r >= from && !barred.contains(r));
        return region >= 0 ? region : requests.isPaused() ? -1 : firstOutside(state.unsynced(), barred, from);
    }

    /**
     * Whether anybody may ever be given this unsynced region before sessions end. Marks pass, so they do not count, but
     * for those of an instance that is exposed.
     *
     * @param requests knows who recovers nothing because it is being suspended
     */
    static boolean isRecoverable(LogState state, ResyncRequests requests, long region) {
        if (state.abandoned().contains(region) || state.isAwaiting()) {
            return false;
        }
        for (Map.Entry<InstanceId, Member> entry : state.members().entrySet()) {
            InstanceId id = entry.getKey();
            Member member = entry.getValue();
            boolean isAtWork = member.isActive() && !requests.isHalted(id, member.session());
            if (isAtWork && member.hint() <= region && region >= state.highestHintBeside(id)
                    && !isGrantedBeside(state, id, region) && !isExposedBeside(state, id, region)) {
                return true;
            }
        }
        return false;
    }

    /** SET_REGION_SYNC: true only from the region's recoverer (S7); false from anybody. */
    static Decision setSync(LogState state, Round round, Ask.SetSync set) {
        InstanceId by = round.by();
        long region = set.region();
        if (!set.isInSync()) {
            return new Decision(List.of(new LogEvent.SyncLost(by, region)), new Answer.SyncSet(false));
        }
        if (state.recovery().equals(Optional.of(new Recovery(region, by)))) {
            if (isGrantedBeside(state, by, region) || state.isAwaiting()) {
                // Somebody writes one leg only there, since a leg failed meanwhile, or may do so unknown to a log that
                // was adopted: the copy proves nothing.
                return new Decision(List.of(new LogEvent.ResyncReleased(by)), new Answer.SyncSet(false));
            }
            return new Decision(List.of(new LogEvent.RegionSynced(by, region)), new Answer.SyncSet(true));
        }
        return new Decision(List.of(Decider.executed(round)), new Answer.SyncSet(!state.unsynced().contains(region)));
    }

    private static Decision assign(InstanceId to, long region) {
        return new Decision(List.of(new LogEvent.ResyncAssigned(to, region)), new Answer.Work(region));
    }

    /** Regions that this instance may not copy, whoever clears a mark: left behind, granted to others (R4). */
    static RegionSet barred(LogState state, InstanceId by) {
        RegionSet barred = state.abandoned();
        for (Map.Entry<InstanceId, Member> entry : state.members().entrySet()) {
            if (!entry.getKey().equals(by) && !isReplaced(entry.getKey(), entry.getValue(), by)) {
                barred = barred.with(entry.getValue().grants());
            }
        }
        return barred;
    }

    /** Regions that others may be writing (R3). */
    private static RegionSet markedBeside(LogState state, InstanceId by) {
        RegionSet marked = RegionSet.empty();
        for (Map.Entry<InstanceId, Member> entry : state.members().entrySet()) {
            if (!entry.getKey().equals(by) && entry.getValue().mayRun()) {
                marked = marked.with(entry.getValue().marks());
            }
        }
        return marked;
    }

    private static boolean isGrantedBeside(LogState state, InstanceId self, long region) {
        return state.members().entrySet().stream().anyMatch(e -> !e.getKey().equals(self)
                && !isReplaced(e.getKey(), e.getValue(), self) && e.getValue().grants().contains(region));
    }

    private static boolean isExposedBeside(LogState state, InstanceId self, long region) {
        return state.members().entrySet().stream().anyMatch(e -> !e.getKey().equals(self) && e.getValue().isExposed()
                && e.getValue().marks().contains(region));
    }

    /**
     * A suspended table whose kernel has resumed another one of the same log: that kernel destroys it next, and R4
     * binds nodes, not tables. Were it resumed all the same, its grants would come in unsynced.
     */
    private static boolean isReplaced(InstanceId id, Member other, InstanceId by) {
        return !other.isActive() && id.incarnation().equals(by.incarnation());
    }

    private static long firstOutside(RegionSet candidates, RegionSet barred, long from) {
        long region = candidates.next(from);
        while (region >= 0 && barred.contains(region)) {
            region = candidates.next(barred.nextAbsent(region));
        }
        return region;
    }
}
