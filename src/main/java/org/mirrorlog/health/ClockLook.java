package org.mirrorlog.health;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Finds out that the machine's clock was set, by one that never goes back. For one thread at a time. */
public final class ClockLook {
    /** Less is what a clock that is being disciplined does. */
    static final Duration LEAST = Duration.ofSeconds(2);
    /** So long it is told. */
    static final Duration TOLD_FOR = Duration.ofMinutes(10);

    private final LongSupplier wallMs;
    private final LongSupplier steadyMs;
    private long apartMs;
    private long jumpMs;
    private long jumpedAtMs;
    private boolean hasJumped;

    /** Both clocks in milliseconds; the second one never goes back. */
    public ClockLook(LongSupplier wallMs, LongSupplier steadyMs) {
        this.wallMs = wallMs;
        this.steadyMs = steadyMs;
        this.apartMs = wallMs.getAsLong() - steadyMs.getAsLong();
    }

    /** To be called every few seconds. */
    public List<Concern> look() {
        long now = steadyMs.getAsLong();
        long apart = wallMs.getAsLong() - now;
        if (Math.abs(apart - apartMs) >= LEAST.toMillis()) {
            jumpMs = apart - apartMs;
            jumpedAtMs = now;
            hasJumped = true;
        }
        apartMs = apart;
        return Optional.of(jumpMs).filter(jump -> hasJumped && now - jumpedAtMs < TOLD_FOR.toMillis())
                .map(jump -> new Concern(HealthCode.CLOCK_JUMP, "this node", "it went "
                        + (jump > 0 ? "forwards" : "back") + " by " + Math.abs(jump) / 1000 + " s")).stream().toList();
    }
}
