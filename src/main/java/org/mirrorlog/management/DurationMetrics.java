package org.mirrorlog.management;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;

/** Durations as histograms; a bound is twice the one before, from 16 µs to 17 s. */
final class DurationMetrics {
    private static final int FIRST = 14;
    private static final int LAST = 34;
    private static final double NANOSECOND = 1e-9;

    private DurationMetrics() {
    }

    /** @param name of the label; not used where a label is empty */
    static MetricSnapshot of(MetricMetadata metric, String name, List<DurationsView> all) {
        return new HistogramSnapshot(metric, all.stream().map(one -> new HistogramDataPointSnapshot(
                buckets(one.byPower()), one.sumNs() * NANOSECOND,
                one.label().isEmpty() ? Labels.EMPTY : Labels.of(name, one.label()), null, 0)).toList());
    }

    private static ClassicHistogramBuckets buckets(long[] byPower) {
        List<Double> bounds = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        for (int power = FIRST; power <= LAST; power++) {
            bounds.add((1L << power) * NANOSECOND);
            counts.add(power == FIRST ? sum(byPower, 0, FIRST + 1) : byPower[power]);
        }
        bounds.add(Double.POSITIVE_INFINITY);
        counts.add(sum(byPower, LAST + 1, byPower.length));
        return ClassicHistogramBuckets.of(bounds, counts);
    }

    private static long sum(long[] counts, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += counts[i];
        }
        return sum;
    }
}
