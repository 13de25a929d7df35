package org.mirrorlog.journal.raft.service;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/** A clock for the consensus that never jumps, whatever becomes of the wall clock. It begins at a moment of its own. */
final class SteadyClock extends Clock {

    private static final long NS_PER_MS = 1_000_000;
    /** Years after 1970: the engine takes an early time for none. */
    private static final long BEGIN_MS = 1_000_000_000_000L;

    private final LongSupplier nanoClock;
    private final long beginNs;

    SteadyClock(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.beginNs = nanoClock.getAsLong();
    }

    @Override
    public long millis() {
        return BEGIN_MS + (nanoClock.getAsLong() - beginNs) / NS_PER_MS;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
