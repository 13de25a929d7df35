package org.mirrorlog.emulator;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.mirrorlog.emulator.CommandLine.UsageException;
import org.mirrorlog.protocol.RequestType;

/** Measures starts of a daemon, its memory, and how a log of 16 million regions comes back after a crash. */
public final class StartBench {
    private static final long LONGEST_MS = 120_000;
    private static final long POLL_MS = 2;
    private static final long SETTLE_MS = 3_000;
    private static final int REGIONS = 1 << 24;
    private static final int DIRTY_REGIONS = 1 << 16;
    private static final int MARKS_PER_FLUSH = 512;
    private static final int REGION_SECTORS = 1024;
    private static final int LOG_BYTES = REGIONS / 8 + 4096;
    private static final int MOST_STARTS = 100;

    private final List<String> command;
    private final int starts;
    private final boolean isDisk;

    private StartBench(List<String> command, int starts, boolean isDisk) {
        this.command = command;
        this.starts = starts;
        this.isDisk = isDisk;
    }

    /** {@code StartBench [--starts N] [--disk] -- COMMAND...}; measures and exits. */
    public static void main(String[] args) throws InterruptedException {
        int starts = 5;
        boolean isDisk = false;
        try {
            CommandLine line = new CommandLine(args);
            for (String option = line.next(); option != null; option = line.next()) {
                switch (option) {
                    case "--starts" -> starts = line.number(option, 1, MOST_STARTS);
                    case "--disk" -> isDisk = true;
                    default -> throw new UsageException("unknown option '" + option
                            + "'; there are --starts N and --disk");
                }
            }
            StartBench bench = new StartBench(line.command(), starts, isDisk);
            bench.inDirectory(bench::start);
            bench.inDirectory(bench::bigLog);
        } catch (UsageException | IOException e) {
            System.err.println("StartBench: " + e.getMessage());
            System.exit(1);
        }
    }

    private interface Measurement {
        void with(DaemonProcess daemon, Path directory) throws IOException, InterruptedException;
    }

    private void inDirectory(Measurement measurement) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("mirrorlog-start-");
        try (DaemonProcess daemon = new DaemonProcess(command, directory, directory.resolve("kernel"),
                UUID.randomUUID().toString())) {
            measurement.with(daemon, directory);
        } finally {
            DaemonProcess.deleteTree(directory);
        }
    }

    /** The first start finds an empty data directory, the others what the first left. */
    private void start(DaemonProcess daemon, Path directory) throws IOException, InterruptedException {
        Histogram ready = new Histogram(3);
        for (int i = 0; i < starts; i++) {
            if (i > 0) {
                daemon.kill();
            }
            ready.recordValue(startedAfterNs(daemon));
        }
        say("start to ready", ready);
        Thread.sleep(SETTLE_MS);
        say("resident, idle", daemon);
    }

    private static long startedAfterNs(DaemonProcess daemon) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        daemon.start();
        while (!daemon.isReady() || daemon.management().isEmpty()) {
            if (System.nanoTime() - startNs > TimeUnit.MILLISECONDS.toNanos(LONGEST_MS)) {
                throw new IOException("the daemon is not ready after " + LONGEST_MS / 1000 + " s:\n" + daemon.tail());
            }
            Thread.sleep(POLL_MS);
        }
        return System.nanoTime() - startNs;
    }

    private void bigLog(DaemonProcess daemon, Path directory) throws IOException, InterruptedException {
        startedAfterNs(daemon);
        try (RawLog log = new RawLog(directory.resolve("kernel"), new AtomicInteger(), 0, "LVM-start-bench",
                constructor(directory))) {
            log.resume();
            markAtRandom(log);
            Thread.sleep(SETTLE_MS);
            say("resident, 16 M regions, " + dirty(daemon) + " dirty", daemon);
            Histogram fromStart = new Histogram(3);
            Histogram fromReady = new Histogram(3);
            for (int i = 0; i < starts; i++) {
                daemon.kill();
                long ready = startedAfterNs(daemon);
                long readyNs = System.nanoTime();
                log.reconnect();
                log.ask(RequestType.FLUSH);
                fromReady.recordValue(System.nanoTime() - readyNs);
                fromStart.recordValue(ready + System.nanoTime() - readyNs);
            }
            say("kill -9, start to first FLUSH", fromStart);
            say("kill -9, ready to first FLUSH", fromReady);
            say("resident, taken up, " + dirty(daemon) + " dirty", daemon);
        }
    }

    private String constructor(Path directory) throws IOException {
        String type = "clustered-core";
        if (isDisk) {
            Path file = directory.resolve("log");
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.setLength(LOG_BYTES);
            }
            type = "clustered-disk " + file;
        }
        return (long) REGIONS * REGION_SECTORS + " " + type + ' ' + REGION_SECTORS + " nosync";
    }

    /** One region at random out of each run of 256: no two are neighbours in a bitmap's word. */
    private static void markAtRandom(RawLog log) throws IOException {
        Random random = new Random(1);
        int run = REGIONS / DIRTY_REGIONS;
        for (int i = 0; i < DIRTY_REGIONS; i++) {
            log.ask(RequestType.MARK_REGION, (long) i * run + random.nextInt(run));
            if (i % MARKS_PER_FLUSH == MARKS_PER_FLUSH - 1) {
                log.ask(RequestType.FLUSH);
            }
        }
    }

    private static long dirty(DaemonProcess daemon) throws IOException, InterruptedException {
        return new DaemonPages(daemon.management()).log().getOrDefault("dirty", -1L);
    }

    private void say(String what, DaemonProcess daemon) throws IOException {
        String line = Files.readAllLines(Path.of("/proc", Long.toString(daemon.pid()), "status")).stream()
                .filter(text -> text.startsWith("VmRSS:")).findFirst().orElseThrow(() -> new IOException("no VmRSS"));
        say(what, String.format(Locale.ROOT, "%10d MiB", Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024));
    }

    private void say(String what, Histogram times) {
        say(what,
                String.format(Locale.ROOT, "%10.0f ms (%.0f to %.0f, %d starts)", times.getValueAtPercentile(50) / 1e6,
                times.getMinValue() / 1e6, times.getMaxValue() / 1e6, times.getTotalCount()));
    }

    private void say(String what, String value) {
        System.out.printf("%-5s %-40s %s%n", isDisk ? "disk" : "core", what, value);
    }
}
