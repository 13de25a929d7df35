package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Recovery that nobody is at: who could go on with it, and whose marks are in the way (D12, L5). Decides nothing. */
public final class PendingRecovery {
    private PendingRecovery() {
    }

    /** Whether anything is out of sync that nobody copies at this moment. */
    public static boolean isThere(LogState state) {
        return !state.unsynced().isEmpty() && state.recovery().isEmpty() && state.hasActive();
    }

    /** The instances that would be given a region, were they to ask now. */
    public static List<InstanceId> takers(LogState state, ResyncRequests requests) {
        List<InstanceId> takers = new ArrayList<>();
        for (InstanceId id : state.members().keySet()) {
            if (isThere(state) && asks(state, requests, id) && ResyncRules.free(state, requests, id) >= 0) {
                takers.add(id);
            }
        }
        return takers;
    }

    /**
     * The instances whose marks alone keep regions from being given to this one, and these regions; none while resync
     * is paused.
     */
    public static Map<InstanceId, RegionSet> inTheWayOf(LogState state, ResyncRequests requests, InstanceId by) {
        boolean isDue = isThere(state) && !requests.isPaused();
        if (!isDue || !state.members().containsKey(by) || !asks(state, requests, by)) {
            return Map.of();
        }
        RegionSet open = state.unsynced().minus(ResyncRules.barred(state, by));
        return marksAmong(state, open.minus(open.below(state.highestHintBeside(by))), by);
    }

    /** The other instances that have any of these regions marked, and which. */
    public static Map<InstanceId, RegionSet> marksAmong(LogState state, RegionSet regions, InstanceId by) {
        Map<InstanceId, RegionSet> holders = new LinkedHashMap<>();
        state.members().forEach((id, member) -> {
            RegionSet marks = member.marks().and(regions);
            if (!id.equals(by) && member.isActive() && !marks.isEmpty()) {
                holders.put(id, marks);
            }
        });
        return holders;
    }

    /** Whether this kernel asks for work at all (K1). */
    private static boolean asks(LogState state, ResyncRequests requests, InstanceId id) {
        Member member = state.members().get(id);
        return member.isActive() && member.hint() < state.regionCount() && !requests.isHalted(id, member.session());
    }
}
