package org.mirrorlog.operations;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.mirrorlog.health.Concern;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.logging.Defects;

/** Which parts of this program throw: each is a concern until it has thrown nothing for a minute. */
public final class DefectLook {
    static final long OVER_AFTER_MS = 60_000;

    private final Defects defects;
    private final LongSupplier clockMs;
    private final Map<String, Defects.Count> seen;
    private final Map<String, Long> thrownAtMs = new HashMap<>();

    /** What was thrown before is nothing new. */
    public DefectLook(Defects defects, LongSupplier clockMs) {
        this.defects = defects;
        this.clockMs = clockMs;
        this.seen = new HashMap<>(defects.counts());
    }

    /** One thread at a time. */
    public List<Concern> look() {
        long now = clockMs.getAsLong();
        List<Concern> wrong = new ArrayList<>();
        defects.counts().forEach((part, count) -> {
            if (!count.equals(seen.put(part, count))) {
                thrownAtMs.put(part, now);
            }
            if (thrownAtMs.containsKey(part) && now - thrownAtMs.get(part) < OVER_AFTER_MS) {
                wrong.add(new Concern(HealthCode.DEFECT, part, count.times() + " times so far, the last time "
                        + count.last()));
            }
        });
        return wrong;
    }
}
