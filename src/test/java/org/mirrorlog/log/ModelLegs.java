package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Two legs of a mirror. Every machine writes its own block of each region, as the users of a shared device do; the
 * first leg is everybody's default leg and gets every write.
 */
final class ModelLegs {
    private final long[][] first;
    private final long[][] second;
    private final List<Write> underWay = new ArrayList<>();
    private long lastValue;

    ModelLegs(int regions, int machines, boolean areEqual) {
        first = new long[regions][machines];
        second = new long[regions][machines];
        if (!areEqual) {
            for (long[] region : second) {
                Arrays.fill(region, -1);
            }
        }
    }

    /** A write that may have reached no leg, one or both. */
    static final class Write {
        final ModelKernel by;
        final int region;
        final boolean isToBoth;
        private final long value;
        private boolean isFirstHit;
        private boolean isSecondHit;

        private Write(ModelKernel by, int region, boolean isToBoth, long value) {
            this.by = by;
            this.region = region;
            this.isToBoth = isToBoth;
            this.value = value;
        }

        boolean isDone() {
            return isFirstHit && (isSecondHit || !isToBoth);
        }

        boolean isOnlySecondMissing() {
            return isFirstHit && isToBoth && !isSecondHit;
        }

        @Override
        public String toString() {
            return by + " writes region " + region + (isToBoth ? " on both legs" : " on one leg");
        }
    }

    Write begin(ModelKernel by, int region, boolean isToBoth) {
        Write write = new Write(by, region, isToBoth, ++lastValue);
        underWay.add(write);
        return write;
    }

    /** Reaches one more leg; which one comes first is the caller's dice. */
    void hit(Write write, boolean isSecondPreferred) {
        boolean isSecond = write.isToBoth && !write.isSecondHit && (isSecondPreferred || write.isFirstHit);
        (isSecond ? second : first)[write.region][write.by.machine()] = write.value;
        write.isSecondHit |= isSecond;
        write.isFirstHit |= !isSecond;
    }

    void end(Write write) {
        underWay.remove(write);
    }

    /** The writes of a kernel that is proven dead never go on. */
    void endAll(String incarnation) {
        underWay.removeIf(write -> write.by.id().incarnation().equals(incarnation));
    }

    List<Write> underWay() {
        return underWay;
    }

    long[] read(int region) {
        return first[region].clone();
    }

    void copyOnto(int region, long[] blocks) {
        second[region] = blocks.clone();
    }

    /** Whether the block that a machine writes is the same on both legs. */
    boolean isEqual(int region, int machine) {
        return first[region][machine] == second[region][machine];
    }
}
