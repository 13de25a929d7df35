package org.mirrorlog.simulation;

import java.util.List;
import java.util.SplittableRandom;

/** All chance of a run. */
class Dice {
    private final SplittableRandom random;

    Dice(long seed) {
        random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + 0x632be59bd9b4e019L);
    }

    boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    int below(int limit) {
        return random.nextInt(limit);
    }

    /** From the first to the last, both possible. */
    long between(long first, long last) {
        return random.nextLong(first, last + 1);
    }

    double between(double from, double to) {
        return from + random.nextDouble() * (to - from);
    }

    /** Mostly short, sometimes long: the waiting time until something that happens once per mean. */
    long exponential(long mean) {
        return (long) (-Math.log(1 - random.nextDouble()) * mean) + 1;
    }

    <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
