package org.mirrorlog.journal;

import java.util.concurrent.atomic.AtomicLong;

/** How often a loop has come round: told by its one thread, read by any. The number is odd while that thread rests. */
public final class Turns {
    private final AtomicLong count = new AtomicLong();

    /** It has work, once more. */
    public void turned() {
        count.lazySet((count.getPlain() | 1) + 1);
    }

    /** It has nothing to do, or is where it may wait for as long as it takes; until {@link #turned}. */
    public void rests() {
        count.lazySet(count.getPlain() | 1);
    }

    /** Another number than before if it has come round since, and an odd one while it rests. */
    public long count() {
        return count.get();
    }
}
