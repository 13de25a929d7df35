package org.mirrorlog.emulator;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/** The measurements, one after the other; each log has a thread. */
final class LoadRun {
    private static final int REGION_SECTORS = 1024;
    private static final int RESYNC_REGIONS = 4096;
    private static final int LOG_HEADER_BYTES = 1024;
    private static final int LOG_BLOCK_BYTES = 4096;

    private final LoadOptions options;
    private final Path socketPath;
    private final Path directory;
    private final String run;
    private final DaemonPages pages;
    private final LoadReport report;
    private final AtomicInteger seqs = new AtomicInteger();
    private final Random random = new Random(1);
    private int nextTable;
    private long resends;

    /** A run against a daemon that listens; {@code run} makes its logs' names its own. */
    LoadRun(LoadOptions options, Path socketPath, Path directory, String run, DaemonPages pages, LoadReport report) {
        this.options = options;
        this.socketPath = socketPath;
        this.directory = directory;
        this.run = run;
        this.pages = pages;
        this.report = report;
    }

    /** Measures everything; returns how many requests had to be sent again. */
    long measure() throws IOException, InterruptedException {
        report.head();
        for (int logs : options.logs()) {
            List<LoadScenario> steady = options.scenarios().stream()
                    .filter(word -> word != LoadScenario.RESYNC).toList();
            if (!steady.isEmpty()) {
                measure(logs, steady, options.regions(), true);
            }
            if (options.scenarios().contains(LoadScenario.RESYNC)) {
                measure(logs, List.of(LoadScenario.RESYNC), RESYNC_REGIONS, false);
            }
        }
        return resends;
    }

    private void measure(int logs, List<LoadScenario> scenarios, int regions, boolean isNosync)
            throws IOException, InterruptedException {
        List<LoadWorker> workers = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(logs, task -> new Thread(task, "log"));
        try {
            for (int i = 0; i < logs; i++) {
                workers.add(worker(regions, isNosync));
            }
            each(threads, workers, worker -> worker.log().resume());
            for (LoadScenario scenario : scenarios) {
                measure(threads, workers, scenario);
            }
            each(threads, workers, worker -> worker.log().remove());
            resends += workers.stream().mapToLong(worker -> worker.log().resends()).sum();
        } finally {
            threads.shutdownNow();
            workers.forEach(worker -> worker.log().close());
        }
    }

    private LoadWorker worker(int regions, boolean isNosync) throws IOException {
        int index = nextTable++;
        String args = "clustered-core " + REGION_SECTORS;
        if (options.isDisk()) {
            Path file = directory.resolve("log-" + index);
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                long needed = LOG_HEADER_BYTES + (regions + 7) / 8;
                bytes.setLength((needed + LOG_BLOCK_BYTES - 1) / LOG_BLOCK_BYTES * LOG_BLOCK_BYTES);
            }
            args = "clustered-disk " + file + ' ' + REGION_SECTORS;
        }
        String constructor = (long) regions * REGION_SECTORS + " " + args + (isNosync ? " nosync" : "");
        RawLog log = new RawLog(socketPath, seqs, index, "LVM-load-" + run + '-' + index, constructor);
        return new LoadWorker(log, regions, options.isIntegratedFlush(), random);
    }

    private void measure(ExecutorService threads, List<LoadWorker> workers, LoadScenario scenario)
            throws IOException, InterruptedException {
        Map<String, Long> before = pages.counters();
        long startNs = System.nanoTime();
        int warmup = scenario == LoadScenario.RESYNC ? 0 : options.warmupSeconds();
        long countFromNs = startNs + TimeUnit.SECONDS.toNanos(warmup);
        long endNs = countFromNs + TimeUnit.SECONDS.toNanos(options.seconds());
        long intervalNs = options.cyclesPerSecond() == 0 || scenario == LoadScenario.RESYNC ? 0
                : TimeUnit.SECONDS.toNanos(1) * workers.size() / options.cyclesPerSecond();
        each(threads, workers, worker -> worker.run(scenario, countFromNs, endNs, intervalNs));
        double seconds = (System.nanoTime() - countFromNs) / 1e9;
        report.add(scenario, workers.size(), seconds, sum(workers));
        report.costs(scenario, workers.size(), before, pages.counters());
    }

    private static Map<LoadStep, Histogram> sum(List<LoadWorker> workers) {
        Map<LoadStep, Histogram> sum = new EnumMap<>(LoadStep.class);
        for (LoadWorker worker : workers) {
            worker.histograms().forEach((step, histogram) ->
                    sum.merge(step, histogram.copy(), (all, one) -> {
                        all.add(one);
                        return all;
                    }));
        }
        return sum;
    }

    private interface Action {
        void run(LoadWorker worker) throws IOException;
    }

    private static void each(ExecutorService threads, List<LoadWorker> workers, Action action)
            throws IOException, InterruptedException {
        List<Future<?>> futures = new ArrayList<>();
        for (LoadWorker worker : workers) {
            futures.add(threads.submit(() -> {
                action.run(worker);
                return null;
            }));
        }
        for (Future<?> future : futures) {
            try {
                future.get();
            } catch (ExecutionException e) {
                throw new IOException(e.getCause().getMessage(), e.getCause());
            }
        }
    }
}
