package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a log does about kernels that were declared dead (D16, S15, S16). Whoever declares has to be right: fencing has
 * succeeded, nothing that the kernel has sent to the legs can arrive any more.
 */
public final class DeathRules {
    private DeathRules() {
    }

    /**
     * The events to append before any round is decided: for each declared incarnation that the log still counts on, or
     * that asks although the log has not heard of its death.
     *
     * @param declared boot ids that were declared dead, anywhere, at any time
     * @param asking boot ids whose rounds are decided next
     * @return empty if the log knows all of it
     */
    public static List<LogEvent> due(LogState state, Set<String> declared, Collection<String> asking) {
        if (declared.isEmpty()) {
            return List.of();
        }
        Set<String> dying = new TreeSet<>();
        state.members().keySet().forEach(id -> dying.add(id.incarnation()));
        state.adoption().ifPresent(adoption -> dying.addAll(adoption.awaited().keySet()));
        asking.stream().filter(incarnation -> !state.dead().contains(incarnation)).forEach(dying::add);
        dying.retainAll(declared);
        List<LogEvent> events = new ArrayList<>(dying.size());
        dying.forEach(incarnation -> events.add(new LogEvent.Died(incarnation)));
        return events;
    }

    /**
     * The event that begins a reactivation, if these events hold a death that leaves regions which nobody can recover
     * before the survivors are resumed anew (R2, D22).
     *
     * @param after the state after the events
     */
    public static List<LogEvent> reactivation(LogState after, List<LogEvent> events) {
        boolean isDue = !after.isReactivating() && events.stream().anyMatch(LogEvent.Died.class::isInstance)
                && after.needsReactivation();
        return isDue ? List.of(new LogEvent.ReactivationBegan()) : List.of();
    }
}
