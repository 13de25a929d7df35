package org.mirrorlog.kernel;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.mirrorlog.protocol.RequestType;

/**
 * How long requests took, by type: from the moment at which the receive thread has read one until its answer is sent.
 * What the kernel asks anew counts from its last copy. To add costs two looks at the clock and two additions; one
 * thread adds, any thread reads.
 */
public final class RequestTimes {
    private static final int POWERS = 64;
    private static final RequestType[] TYPES = RequestType.values();
    private static final int CODES = TYPES.length + 1;

    private final AtomicLongArray counts = new AtomicLongArray(CODES * POWERS);
    private final AtomicLongArray sumsNs = new AtomicLongArray(CODES);
    private final FlushTimes flushes = new FlushTimes();

    /**
     * Of one type.
     *
     * @param byPower how many took less than two to the power of the index, in ns, and not less than half of that
     * @param sumNs all of them together
     */
    public record Times(long[] byPower, long sumNs) {
        /** Copies. */
        public Times {
            byPower = byPower.clone();
        }
    }

    void took(String uuid, int wireType, long ns) {
        took(wireType, ns);
        if ((wireType & 0xff) == RequestType.FLUSH.code()) {
            flushes.took(uuid, ns);
        }
    }

    /** Those of FLUSH by log. */
    public FlushTimes flushes() {
        return flushes;
    }

    void took(int wireType, long ns) {
        int code = wireType & 0xff;
        if (code >= 1 && code < CODES) {
            counts.incrementAndGet(code * POWERS + Math.min(POWERS - 1, POWERS - Long.numberOfLeadingZeros(ns)));
            sumsNs.addAndGet(code, ns);
        }
    }

    /** Of every type, by its name in the kernel. */
    public Map<String, Times> read() {
        Map<String, Times> all = new TreeMap<>();
        for (RequestType type : TYPES) {
            long[] byPower = new long[POWERS];
            for (int power = 0; power < POWERS; power++) {
                byPower[power] = counts.get(type.code() * POWERS + power);
            }
            all.put(type.name(), new Times(byPower, sumsNs.get(type.code())));
        }
        return all;
    }
}
