package org.mirrorlog.emulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.mirrorlog.fleet.Fleet;
import org.mirrorlog.fleet.FleetNode;

/**
 * How fast three daemons on this machine serve one log, with PostgreSQL beside them: {@code deploy/bench --cluster}. A
 * benchmark and not a test: it runs only when asked for, measures, and judges nothing.
 */
@Tag("slow")
@EnabledIfSystemProperty(named = "cluster.bench", matches = "true")
class ClusterBench {
    private static final int REGIONS = 65536;
    private static final int REGION_SECTORS = 1024;
    private static final long WARM_UP_NS = TimeUnit.SECONDS.toNanos(Long.getLong("cluster.bench.warm-up", 3));
    private static final long LENGTH_NS = TimeUnit.SECONDS.toNanos(Long.getLong("cluster.bench.seconds", 8));
    private static final Path LOOPBACK_BYTES = Path.of("/sys/class/net/lo/statistics/tx_bytes");

    private final List<AtomicInteger> seqs = List.of(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
    private final Random random = new Random(1);
    private final LoadReport report = new LoadReport(System.out);
    private int tables;

    @Test
    void measure() throws Exception {
        try (Fleet fleet = Fleet.start(3)) {
            say("three daemons and PostgreSQL on this machine; core log, %d regions", REGIONS);
            latencies(fleet);
            throughput(fleet, 1);
            throughput(fleet, 8);
            joining(fleet);
        }
    }

    // --- what a request takes -------------------------------------------------------------------------------------

    private void latencies(Fleet fleet) throws Exception {
        String uuid = "LVM-bench-latency";
        try (RawLog first = table(fleet, 1, uuid, REGIONS); RawLog second = table(fleet, 2, uuid, REGIONS)) {
            first.resume();
            second.resume();
            for (Map.Entry<String, RawLog> asker : List.of(Map.entry("the owner's node", first),
                    Map.entry("another node", second))) {
                say("%n--- from %s", asker.getKey());
                report.head();
                for (LoadScenario scenario : List.of(LoadScenario.READS, LoadScenario.COLD, LoadScenario.HOT)) {
                    long bytes = loopbackBytes();
                    Map<LoadStep, Histogram> took = run(List.of(worker(asker.getValue())), scenario);
                    report.add(scenario, 1, LENGTH_NS / 1e9, took);
                    say("        %.0f bytes over loopback per cycle, PostgreSQL and heartbeats included",
                            (loopbackBytes() - bytes) / (double) Math.max(1, count(took))
                                    * LENGTH_NS / (LENGTH_NS + WARM_UP_NS));
                }
            }
            first.remove();
            second.remove();
        }
    }

    private void throughput(Fleet fleet, int logs) throws Exception {
        List<RawLog> open = new ArrayList<>();
        try {
            List<LoadWorker> workers = new ArrayList<>();
            for (int i = 0; i < Math.max(3, logs); i++) {
                RawLog log = table(fleet, i % 3 + 1, "LVM-bench-" + logs + "-of-" + i % logs, REGIONS);
                open.add(log);
                log.resume();
                workers.add(worker(log));
            }
            Map<LoadStep, Histogram> took = run(workers, LoadScenario.COLD);
            say("%n--- %d log(s), %d kernels' tables on three nodes write at a time: %.0f marks per second", logs,
                    workers.size(), took.get(LoadStep.MARK).getTotalCount() * 1e9 / LENGTH_NS);
            report.head();
            report.add(LoadScenario.COLD, logs, LENGTH_NS / 1e9, took);
            for (RawLog log : open) {
                log.remove();
            }
        } finally {
            open.forEach(RawLog::close);
        }
    }

    private void joining(Fleet fleet) throws IOException {
        say("%n--- RESUME of a table whose log is in use on another node");
        for (int regions : new int[] {2 << 10, 2 << 20, 16 << 20}) {
            String uuid = "LVM-bench-join-" + regions;
            try (RawLog first = table(fleet, 1, uuid, regions); RawLog second = table(fleet, 2, uuid, regions)) {
                first.resume();
                long begin = System.nanoTime();
                second.resume();
                say("%9d regions: %.1f ms (CTR and GET_REGION_SIZE included)", regions,
                        (System.nanoTime() - begin) / 1e6);
                second.remove();
                first.remove();
            }
        }
    }

    // --- parts ----------------------------------------------------------------------------------------------------

    private RawLog table(Fleet fleet, int node, String uuid, int regions) throws IOException {
        FleetNode on = fleet.node(node);
        return new RawLog(on.socket(), seqs.get(node - 1), tables++, uuid,
                (long) regions * REGION_SECTORS + " clustered-core " + REGION_SECTORS + " nosync");
    }

    private LoadWorker worker(RawLog log) {
        return new LoadWorker(log, REGIONS, false, random);
    }

    private static Map<LoadStep, Histogram> run(List<LoadWorker> workers, LoadScenario scenario)
            throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(workers.size());
        try {
            long countFromNs = System.nanoTime() + WARM_UP_NS;
            List<Future<?>> running = new ArrayList<>();
            for (LoadWorker worker : workers) {
                running.add(threads.submit(() -> {
                    worker.run(scenario, countFromNs, countFromNs + LENGTH_NS, 0);
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        Map<LoadStep, Histogram> sum = new EnumMap<>(LoadStep.class);
        workers.forEach(worker -> worker.histograms().forEach((step, histogram) ->
                sum.computeIfAbsent(step, any -> new Histogram(histogram)).add(histogram)));
        return sum;
    }

    private static long count(Map<LoadStep, Histogram> took) {
        long cycles = took.get(LoadStep.CYCLE).getTotalCount();
        return cycles > 0 ? cycles : took.get(LoadStep.IN_SYNC).getTotalCount();
    }

    private static long loopbackBytes() throws IOException {
        return Long.parseLong(Files.readString(LOOPBACK_BYTES).trim());
    }

    private static void say(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }
}
