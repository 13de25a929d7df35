package org.mirrorlog.owner;

import java.time.Duration;
import java.util.Optional;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Notice;

/**
 * Has the survivors of a death resumed anew, node after node (D22): tells one instance at a time, until it is in a new
 * session or has left, and goes on to the next one if that takes too long. Everything else is in the log, so that
 * another owner can go on at any moment. Used by its owner's actor only.
 */
final class Reactivation {
    /** How often whoever's turn it is is told. */
    static final Duration TICK = Duration.ofMillis(500);
    /** So many ticks for one node; the bound of the whole is the owner's. */
    private static final int MOST_TICKS = 80;

    private final String uuid;
    private final Askers askers;
    private InstanceId current;
    private long session;
    private int ticks;

    Reactivation(String uuid, Askers askers) {
        this.uuid = uuid;
        this.askers = askers;
    }

    /** Tells whoever's turn it is. Call it once per tick while the log says that a reactivation runs. */
    void tick(LogState state) {
        if (current == null || isThrough(state) || ++ticks > MOST_TICKS) {
            current = next(state).orElse(null);
            ticks = 0;
            session = current == null ? 0 : state.members().get(current).session();
        }
        if (current != null && state.needsReactivation(current)) {
            askers.of(current).ifPresent(ref -> ref.tell(new Notice.Reactivate(uuid, current)));
        }
    }

    /** Suspended is not through: the next one must not be suspended beside it. */
    private boolean isThrough(LogState state) {
        Member member = state.members().get(current);
        return member == null || member.isActive()
                && (member.session() != session || !state.needsReactivation(current));
    }

    /** The one after the current one, so that a node that cannot do it keeps nobody else back. */
    private Optional<InstanceId> next(LogState state) {
        Optional<InstanceId> first = Optional.empty();
        boolean isBehindCurrent = false;
        for (InstanceId id : state.members().keySet()) {
            boolean isDue = state.needsReactivation(id) && askers.of(id).isPresent();
            if (isDue && isBehindCurrent) {
                return Optional.of(id);
            }
            first = isDue && first.isEmpty() ? Optional.of(id) : first;
            isBehindCurrent |= id.equals(current);
        }
        return first;
    }
}
