package org.mirrorlog.log;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * Whose turn it is to be suspended and resumed anew after a death (D22): one instance at a time, until it is in a new
 * session or has left; the next one if that takes too long. Everything else is in the log, so that another owner can go
 * on at any moment. One owner's; not thread-safe.
 */
public final class Reactivation {
    /** So many ticks for one node; the bound of the whole is the owner's. */
    private static final int MOST_TICKS = 80;

    private InstanceId current;
    private long session;
    private int ticks;

    /**
     * Whom to tell, again and again while it is its turn. Call it once per tick while the log says that a reactivation
     * runs.
     *
     * @param isReachable whether that instance could be told
     */
    public Optional<InstanceId> tick(LogState state, Predicate<InstanceId> isReachable) {
        if (current == null || isThrough(state) || ++ticks > MOST_TICKS) {
            current = next(state, isReachable).orElse(null);
            ticks = 0;
            session = current == null ? 0 : state.members().get(current).session();
        }
        return Optional.ofNullable(current).filter(state::needsReactivation);
    }

    /** Suspended is not through: the next one must not be suspended beside it. */
    private boolean isThrough(LogState state) {
        Member member = state.members().get(current);
        return member == null || member.isActive()
                && (member.session() != session || !state.needsReactivation(current));
    }

    /** The one after the current one, so that a node that cannot do it keeps nobody else back. */
    private Optional<InstanceId> next(LogState state, Predicate<InstanceId> isReachable) {
        Optional<InstanceId> first = Optional.empty();
        boolean isBehindCurrent = false;
        for (InstanceId id : state.members().keySet()) {
            boolean isDue = state.needsReactivation(id) && isReachable.test(id);
            if (isDue && isBehindCurrent) {
                return Optional.of(id);
            }
            first = isDue && first.isEmpty() ? Optional.of(id) : first;
            isBehindCurrent |= id.equals(current);
        }
        return first;
    }
}
