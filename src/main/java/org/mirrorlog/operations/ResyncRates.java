package org.mirrorlog.operations;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.mirrorlog.management.LogView;

/**
 * How fast logs are resynced, from one look at them to another, over the last 10 to 40 seconds. Thread-safe; who looks
 * seldom is told of a longer time.
 */
final class ResyncRates {
    private static final long STEP_MS = 10_000;
    private static final long WINDOW_MS = 30_000;
    private static final long LEAST_MS = 1_000;
    private static final long SECTOR_BYTES = 512;

    private final Map<String, Past> pasts = new ConcurrentHashMap<>();

    private record Sample(long inSync, long atMs) { }

    /**
     * What is compared with.
     *
     * @param next takes the place of the first one when that is too old; null: there is none yet
     * @param last the newest of all
     */
    private record Past(Sample from, Sample next, Sample last) {
        Past with(Sample now) {
            if (now.inSync() < last.inSync() || now.atMs() < last.atMs()) {
                return new Past(now, null, now);
            }
            if (next != null && now.atMs() - from.atMs() >= WINDOW_MS) {
                return new Past(next, now, now);
            }
            boolean isStep = next == null && now.atMs() - from.atMs() >= STEP_MS;
            return new Past(from, isStep ? now : next, now);
        }
    }

    /** What can be said of this log now; empty if it is in sync, or was not looked at before. */
    Optional<LogView.Resync> look(LogView log, long nowMs) {
        if (log.inSync() == null || log.inSync() >= log.regionCount()) {
            pasts.remove(log.uuid());
            return Optional.empty();
        }
        Sample now = new Sample(log.inSync(), nowMs);
        Past past = pasts.merge(log.uuid(), new Past(now, null, now), (before, first) -> before.with(now));
        long forMs = nowMs - past.from().atMs();
        if (forMs < LEAST_MS) {
            return Optional.empty();
        }
        double regionsPerMs = (double) (now.inSync() - past.from().inSync()) / forMs;
        return Optional.of(new LogView.Resync((long) (regionsPerMs * log.regionSize() * SECTOR_BYTES * 1_000),
                regionsPerMs == 0 ? null
                        : (long) Math.ceil((log.regionCount() - log.inSync()) / regionsPerMs / 1_000)));
    }

    /** Others are not looked at any more. */
    void keep(Set<String> uuids) {
        pasts.keySet().retainAll(uuids);
    }
}
