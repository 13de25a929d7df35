package org.mirrorlog.simulation;

import java.util.Arrays;

/** How often each kind of fault happened. */
final class Faults {
    private final long[] counts = new long[Fault.values().length];

    void hit(Fault fault) {
        counts[fault.ordinal()]++;
    }

    long count(Fault fault) {
        return counts[fault.ordinal()];
    }

    void add(Faults other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        Arrays.stream(Fault.values()).forEach(fault -> text.append(text.length() == 0 ? "" : ", ")
                .append(fault.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')).append(' ')
                .append(count(fault)));
        return text.toString();
    }
}
