package org.mirrorlog.kernel;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import org.mirrorlog.protocol.Decoded;

/** The counters behind {@link ConnectorCounters}. Any thread counts, any thread reads. */
public final class ConnectorMeter {
    /** What is counted. */
    enum Count { RECEIVED, OVERRUN, FOREIGN_SENDER, UNNAMED_SENDER, SENT, SEND_RETRY, SEND_FAILURE, PEER_GONE,
            LOOP_FAILURE }

    private final AtomicLongArray counts = new AtomicLongArray(Count.values().length);
    private final AtomicLongArray rejected = new AtomicLongArray(Decoded.Reason.values().length);

    void add(Count count) {
        counts.incrementAndGet(count.ordinal());
    }

    void addRejected(Decoded.Reason reason) {
        rejected.incrementAndGet(reason.ordinal());
    }

    /** The counts as they are now; not one moment of all of them. */
    public ConnectorCounters snapshot() {
        Map<Decoded.Reason, Long> reasons = new EnumMap<>(Decoded.Reason.class);
        for (Decoded.Reason reason : Decoded.Reason.values()) {
            reasons.put(reason, rejected.get(reason.ordinal()));
        }
        return new ConnectorCounters(get(Count.RECEIVED), reasons, get(Count.OVERRUN), get(Count.FOREIGN_SENDER),
                get(Count.UNNAMED_SENDER), get(Count.SENT), get(Count.SEND_RETRY), get(Count.SEND_FAILURE),
                get(Count.PEER_GONE), get(Count.LOOP_FAILURE));
    }

    private long get(Count count) {
        return counts.get(count.ordinal());
    }
}
