package org.mirrorlog.emulator;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What was measured: an aligned table as it comes, and all of it as JSON at the end. */
final class LoadReport {
    private static final List<Map.Entry<String, String>> COSTS = List.of(
            Map.entry("rounds", "tables.rounds.FLUSH"), Map.entry("rounds nobody waits for", "tables.rounds.own"),
            Map.entry("journal commits", "journal.commits"), Map.entry("device writes", "devices.writes"),
            Map.entry("device flushes", "devices.flushes"));

    private final PrintStream out;
    private final List<String> rows = new ArrayList<>();

    LoadReport(PrintStream out) {
        this.out = out;
    }

    void head() {
        out.printf(Locale.ROOT, "%-7s %5s  %-22s %10s %10s %10s %10s %10s %10s%n", "what", "logs", "step",
                "count", "per s", "p50 us", "p99 us", "p99.9 us", "max us");
    }

    /** One measurement; steps that did not occur are left out. */
    void add(LoadScenario scenario, int logs, double seconds, Map<LoadStep, Histogram> histograms) {
        String first = scenario.word();
        long requests = 0;
        for (Map.Entry<LoadStep, Histogram> entry : histograms.entrySet()) {
            Histogram histogram = entry.getValue();
            LoadStep step = entry.getKey();
            if (histogram.getTotalCount() == 0) {
                continue;
            }
            requests += step == LoadStep.CYCLE || step == LoadStep.PERMITTED ? 0 : histogram.getTotalCount();
            double perSecond = histogram.getTotalCount() / seconds;
            out.printf(Locale.ROOT, "%-7s %5s  %-22s %10d %10.0f %10.1f %10.1f %10.1f %10.1f%n", first,
                    first.isEmpty() ? "" : logs, step.words(), histogram.getTotalCount(), perSecond,
                    micros(histogram, 50), micros(histogram, 99), micros(histogram, 99.9),
                    histogram.getMaxValue() / 1e3);
            rows.add(String.format(Locale.ROOT, "{\"scenario\":\"%s\",\"logs\":%d,\"step\":\"%s\",\"count\":%d,"
                    + "\"per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f}",
                    scenario.word(), logs, step, histogram.getTotalCount(), perSecond, micros(histogram, 50),
                    micros(histogram, 99), micros(histogram, 99.9), histogram.getMaxValue() / 1e3));
            first = "";
        }
        out.printf(Locale.ROOT, "%-7s %5s  %-22s %10d %10.0f%n", "", "", "all requests", requests, requests / seconds);
        rows.add(String.format(Locale.ROOT, "{\"scenario\":\"%s\",\"logs\":%d,\"step\":\"ALL\",\"count\":%d,"
                + "\"per_second\":%.1f}", scenario.word(), logs, requests, requests / seconds));
        out.flush();
    }

    /**
     * What the FLUSHes of one measurement have cost, its warm-up included; says nothing where there are no counters.
     */
    void costs(LoadScenario scenario, int logs, Map<String, Long> before, Map<String, Long> after) {
        Map<String, Long> spent = new TreeMap<>(after);
        before.forEach((name, value) -> spent.merge(name, -value, Long::sum));
        double flushes = spent.getOrDefault("tables.requests.FLUSH", 0L);
        if (flushes == 0) {
            return;
        }
        out.printf(Locale.ROOT, "%-7s %5s  per FLUSH, of %.0f:", "", "", flushes);
        COSTS.forEach(cost -> {
            String words = cost.getKey();
            double perFlush = spent.getOrDefault(cost.getValue(), 0L) / flushes;
            out.printf(Locale.ROOT, " %.4f %s;", perFlush, words);
            rows.add(String.format(Locale.ROOT, "{\"scenario\":\"%s\",\"logs\":%d,\"step\":\"%s per FLUSH\","
                    + "\"count\":%.0f,\"mean\":%.4f}", scenario.word(), logs, words, flushes, perFlush));
        });
        out.println();
        out.flush();
    }

    private static double micros(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e3;
    }

    /** Everything measured, and under which circumstances. */
    String json(LoadOptions options) {
        return String.format(Locale.ROOT,
                "{\"seconds\":%d,\"warmup_seconds\":%d,\"rate\":%d,\"regions\":%d,\"log\":\"%s\","
                + "\"integrated_flush\":%b,\"processors\":%d,\"java\":\"%s\",\"rows\":[%n%s%n]}%n", options.seconds(),
                options.warmupSeconds(), options.cyclesPerSecond(), options.regions(),
                options.isDisk() ? "disk" : "core", options.isIntegratedFlush(),
                Runtime.getRuntime().availableProcessors(), System.getProperty("java.version"),
                String.join(",\n", rows));
    }
}
