package org.mirrorlog.instance;

import java.util.function.LongSupplier;
import org.mirrorlog.log.Ask;
import org.mirrorlog.protocol.Reply;

/**
 * A kernel task that reconnects sends CTR until it succeeds, and RESUME once. If that finds nobody listening, the
 * request behind it fails; a failed IN_SYNC makes the kernel write one leg, under no mark or one that it clears, and
 * no daemon hears of it (1.7). So from before such a CTR is answered until its RESUME was, the log has every region
 * marked, whatever is cleared. If this daemon dies in between, that lasts until the session ends; then all of it is out
 * of sync. A table that counts as suspended is no exception: an earlier RESUME of it may have got lost.
 */
final class ReconnectGuard {
    /** The kernel has given up a copy that is older. */
    private static final long GIVEN_UP_MS = 15_000;
    /** RESUME follows at once. What comes later is another task's, or a real one; so may be what follows a gap. */
    private static final long LOST_AFTER_MS = 2_000;

    private final LogInstance instance;
    private final RoundStream rounds;
    private final LongSupplier gaps;
    /** Tasks that have heard of CTR from this daemon, and not of RESUME. */
    private int reconnecting;
    /** Since when there are any. */
    private long reconnectingSinceMs;
    /** Gaps in the numbers of the kernel's requests before that. */
    private long gapsBefore;
    /** It lasts until the session ends: a task was left between the two, or {@link #lasts}. */
    private boolean isInterrupted;

    /** @param gaps how often requests of this kernel were missing so far, of whatever table */
    ReconnectGuard(LogInstance instance, RoundStream rounds, LongSupplier gaps) {
        this.instance = instance;
        this.rounds = rounds;
        this.gaps = gaps;
    }

    /** After a restart of the daemon. */
    void restore() {
        if (instance.memory().isExposed()) {
            lasts();
        }
    }

    /** Whether every region stays marked as long as the session lasts. */
    boolean isInterrupted() {
        return isInterrupted;
    }

    private void lasts() {
        if (!isInterrupted) {
            isInterrupted = true;
            instance.warn("a reconnect of this table was interrupted: the kernel may write one leg where the log says"
                    + " \"in sync\"; suspend and resume the mirror, then all regions are resynced");
        }
    }

    void onTick() {
        if (reconnecting > 0 && instance.nowMs() - reconnectingSinceMs >= LOST_AFTER_MS) {
            reconnecting = 0;
            lasts();
        }
    }

    /** Its session is over, and so is whatever was without one: the log has heard of it. */
    void ends() {
        reconnecting = 0;
        isInterrupted = false;
    }

    /** A session without a record is taken up: who knows what an earlier daemon has left, and nobody remembers? */
    void takenUpWithoutRecord() {
        isInterrupted = true;
        takenUp();
    }

    /** A session is taken up: the log has all marks, but may not know why. Before anything else. */
    void takenUp() {
        rounds.addFirst(Task.ofSession(() -> isExposed() ? new Ask.Expose() : null, answer -> { }));
    }

    /**
     * CTR of a reconnect.
     *
     * @param reply what it is told, once every region is marked
     */
    void reconnects(Call call, Reply reply) {
        reconnects(call, reply, instance.nowMs());
    }

    private void reconnects(Call call, Reply reply, long cameMs) {
        boolean isWithoutSession = !instance.memory().phase().isInSession();
        rounds.add(Task.ofTable(call, isWithoutSession, () -> {
            boolean hasChanged = isWithoutSession == instance.memory().phase().isInSession();
            if (hasChanged) {
                reconnects(call, reply, cameMs);
                return null;
            }
            if (isKnown()) {
                // Each time: what another node was copying at the last one is not marked yet.
                return new Ask.Expose();
            }
            if (instance.memory().phase() == Phase.SUSPENDED) {
                answer(call, reply, cameMs);
            }
            // Else it is on its way from one to the other: the kernel asks again.
            return null;
        }, answer -> {
            instance.remember(new RecordChange.Exposed(true));
            answer(call, reply, cameMs);
        }), instance.nowMs());
    }

    private void answer(Call call, Reply reply, long cameMs) {
        if (instance.nowMs() - cameMs < GIVEN_UP_MS) {
            if (instance.memory().isExposed()) {
                if (reconnecting == 0) {
                    reconnectingSinceMs = instance.nowMs();
                    gapsBefore = gaps.getAsLong();
                }
                reconnecting++;
            }
            call.reply(reply);
        }
    }

    /** RESUME of a table in use was answered, or one that resumes nothing. */
    void resumed() {
        if (reconnecting > 0 && gaps.getAsLong() != gapsBefore) {
            // The RESUME that was to come may have found nobody listening, and a suspend as well: this one may be real.
            reconnecting = 0;
            lasts();
        }
        reconnecting = Math.max(0, reconnecting - 1);
        if (isOver()) {
            boolean isWithoutSession = !instance.memory().phase().isInSession();
            rounds.add(Task.ofTable(isWithoutSession, () -> isOver()
                            && isWithoutSession != instance.memory().phase().isInSession() ? new Ask.Conceal() : null,
                    answer -> instance.remember(new RecordChange.Exposed(false))), instance.nowMs());
        }
    }

    private boolean isOver() {
        return isExposed() && reconnecting == 0 && !isInterrupted;
    }

    private boolean isExposed() {
        return instance.memory().isExposed() && isKnown();
    }

    /** Whether the log may know of a table here that the kernel has not replaced. */
    private boolean isKnown() {
        Memory memory = instance.memory();
        return memory.phase().isInSession()
                || memory.phase() == Phase.SUSPENDED && memory.session() > 0 && !instance.isReplaced();
    }
}
