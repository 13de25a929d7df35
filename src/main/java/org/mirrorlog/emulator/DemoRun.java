package org.mirrorlog.emulator;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/** The demo's steps, one after the other, on one thread. */
final class DemoRun {
    private static final int REGION_SECTORS = 256;
    private static final int LOG_BYTES = 1 << 20;
    private static final int CONCURRENT_WRITES = 8;
    private static final long START_MS = 120_000;
    private static final long RESYNC_MS = 120_000;
    private static final long RECONNECT_MS = 60_000;
    private static final long CALL_MS = 40_000;
    private static final long KEPT_WRITES_MS = 4_000;
    private static final long KEPT_PAUSE_MS = 8_000;

    private final Screen screen;
    private final DemoOptions options;
    private final KernelClient client;
    private final EmulatedMachine machine;
    private final DaemonProcess daemon;
    private final Path directory;
    private final ByteLegs legs;
    private final EmulatedDevice device;
    private final Random random;
    private final Writers writers;

    /**
     * Prepares a run.
     *
     * @param daemon null for one that is not ours
     */
    DemoRun(Screen screen, DemoOptions options, KernelClient client, DaemonProcess daemon, Path directory) {
        this.screen = screen;
        this.options = options;
        this.client = client;
        this.machine = client.machine();
        this.daemon = daemon;
        this.directory = directory;
        this.random = new Random(options.seed());
        this.legs = new ByteLegs(2, lengthSectors() * 512).scramble(random);
        this.device = machine.device("demo", legs);
        this.writers = new Writers(device, legs.sizeBytes(), random);
    }

    private long lengthSectors() {
        return (long) options.regions() * REGION_SECTORS;
    }

    /** True if all went well and the legs are equal wherever the log says so. */
    boolean run() throws IOException, InterruptedException {
        screen.line("mirror",
                String.format(Locale.ROOT, "%d MiB in %d regions, two legs in memory with different content, %s",
                legs.sizeBytes() >> 20, options.regions(), options.isCore() ? "log in memory" : "log on a file"));
        if (daemon != null) {
            startDaemon("daemon");
        }
        if (options.isKept() && daemon != null) {
            showAddress();
        }
        load();
        resync();
        long writeMs = TimeUnit.SECONDS.toMillis(options.seconds());
        writers.start(CONCURRENT_WRITES);
        write(daemon == null ? writeMs : writeMs / 2);
        if (daemon != null) {
            killInTheMiddle();
            write(writeMs / 2);
        }
        writers.stop();
        await("the last writes to end", writers::isQuiet, CALL_MS);
        boolean isGood = compare();
        if (options.isKept()) {
            keep();
        }
        await(device.remove());
        return isGood;
    }

    /** Before anything happens that is worth watching. */
    private void showAddress() throws IOException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MS);
        while (daemon.management().isEmpty() && System.nanoTime() - endNs < 0) {
            client.turn(50);
        }
        screen.line("browser", daemon.management().map(address -> address.resolve("/").toString())
                .orElseThrow(() -> new IOException("the daemon does not say where its management listens" + tail())));
    }

    /** Writes now and then, as long as this process lives: regions become dirty, and clean again. */
    private void keep() throws IOException {
        screen.line("keep", "goes on writing until Ctrl-C");
        while (true) {
            writers.start(1);
            client.turnUntil(() -> false, KEPT_WRITES_MS);
            writers.stop();
            await("the last writes to end", writers::isQuiet, CALL_MS);
            client.turnUntil(() -> false, KEPT_PAUSE_MS);
        }
    }

    private void startDaemon(String step) throws IOException {
        long startNs = System.nanoTime();
        daemon.start();
        long endNs = startNs + TimeUnit.MILLISECONDS.toNanos(START_MS);
        while (!daemon.isReady()) {
            if (System.nanoTime() - endNs > 0) {
                throw new IOException("the daemon does not listen after " + START_MS / 1000 + " s:\n" + daemon.tail());
            }
            if (screen.isDue()) {
                screen.progress(step, "starting, " + Screen.seconds(startNs));
            }
            client.turn(50);
        }
        screen.line(step, "listens after " + Screen.seconds(startNs) + ", pid " + daemon.pid());
    }

    private void load() throws IOException {
        MirrorTable table;
        String uuid = "LVM-demo-" + machine.bootId();
        if (options.isCore()) {
            table = MirrorTable.core(uuid, lengthSectors(), REGION_SECTORS);
        } else {
            Path log = directory.resolve("log");
            try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
                file.setLength(LOG_BYTES);
            }
            table = MirrorTable.disk(uuid, lengthSectors(), log.toString(), REGION_SECTORS);
        }
        await(device.load(table.withHandleErrors()));
        await(device.resume());
    }

    private void resync() throws IOException {
        long startNs = System.nanoTime();
        long[] count = {0};
        boolean[] isAsking = {false};
        boolean isSynced = client.turnUntil(() -> {
            if (screen.isDue() && !isAsking[0]) {
                isAsking[0] = true;
                device.status(ioctl -> {
                    isAsking[0] = false;
                    count[0] = ioctl.status().orElseThrow().syncCount();
                });
                screen.progress("resync", screen.bar(count[0], options.regions()) + ' ' + count[0] + '/'
                        + options.regions());
            }
            return mirror().inSyncHint() == options.regions();
        }, RESYNC_MS);
        if (!isSynced) {
            throw new IOException("the resync has not ended after " + RESYNC_MS / 1000 + " s; the kernel waits for "
                    + mirror().workerWaitsFor() + tail());
        }
        screen.line("resync", screen.bar(1, 1) + ' ' + options.regions() + '/' + options.regions() + " in "
                + Screen.seconds(startNs));
    }

    private void write(long ms) throws IOException {
        long startNs = System.nanoTime();
        long before = writers.ended();
        Histogram latency = writers.latency();
        latency.reset();
        client.turnUntil(() -> {
            if (screen.isDue()) {
                screen.progress("writes", rate(writers.ended() - before, startNs, latency));
            }
            return false;
        }, ms);
        screen.line("writes", rate(writers.ended() - before, startNs, latency));
    }

    private static String rate(long writes, long startNs, Histogram latency) {
        double elapsed = (System.nanoTime() - startNs) / 1e9;
        return String.format(Locale.ROOT, "%6.0f writes/s, latency p50 %.2f ms, p99 %.2f ms", writes / elapsed,
                latency.getValueAtPercentile(50) / 1e6, latency.getValueAtPercentile(99) / 1e6);
    }

    /** Kills the daemon while marked writes are on their way to the legs, which they reach without it. */
    private void killInTheMiddle() throws IOException, InterruptedException {
        client.setHoldingLegIo(true);
        await("writes to be marked", () -> machine.openRequests() == 0 && !machine.legIo().isEmpty(), CALL_MS);
        int inFlight = machine.legIo().size();
        long pid = daemon.pid();
        daemon.kill();
        screen.line("kill -9", "daemon " + pid + " is dead; " + inFlight
                + " writes of legs are in flight in marked regions");
        long killedNs = System.nanoTime();
        long refusals = machine.refusals();
        client.setHoldingLegIo(false);
        startDaemon("restart");
        long before = writers.ended();
        boolean isBack = client.turnUntil(() -> {
            if (screen.isDue()) {
                screen.progress("reconnect", "the kernel tries every 2 s, " + (machine.refusals() - refusals)
                        + " times in vain, " + Screen.seconds(killedNs));
            }
            return writers.ended() > before + CONCURRENT_WRITES;
        }, RECONNECT_MS);
        if (!isBack) {
            throw new IOException("no write has ended " + Screen.seconds(killedNs)
                    + " after the kill; the kernel waits for "
                    + mirror().workerWaitsFor() + tail());
        }
        screen.line("reconnect", "writes go on " + Screen.seconds(killedNs) + " after the kill; the kernel had asked "
                + (machine.refusals() - refusals) + " times in vain");
    }

    private boolean compare() throws IOException {
        SyncSurvey survey = SyncSurvey.begin(device, options.regions());
        await("the log to say what is in sync", survey::isDone, CALL_MS);
        Ioctl status = device.status();
        await(status);
        String log = status.status().map(MirrorStatus::logStatus).orElse("");
        AuditReport report = survey.compare(legs, lengthSectors(), REGION_SECTORS);
        screen.line("compare", report + "; log: " + log);
        Complaints complaints = machine.complaints();
        complaints.first().forEach(complaint -> screen.line("complaint", complaint));
        boolean isGood = report.isClean() && report.comparedRegions() > 0 && complaints.count() == 0
                && writers.failed() == 0;
        screen.verdict(isGood, isGood
                ? "good: " + writers.ended() + " writes, the legs are equal in all " + report.comparedRegions()
                        + " regions that the log calls in sync"
                : "BAD: " + report.differenceCount() + " regions differ, " + report.comparedRegions()
                + " could be compared, "
                        + writers.failed() + " of " + writers.ended() + " writes failed, " + complaints.count()
                        + " answers broke a rule");
        return isGood;
    }

    private EmulatedMirror mirror() {
        return device.active().orElseThrow();
    }

    private void await(Ioctl ioctl) throws IOException {
        await(ioctl.toString(), ioctl::isDone, CALL_MS);
        if (ioctl.error() != 0) {
            throw new IOException(ioctl + tail());
        }
    }

    private void await(String what, BooleanSupplier condition, long timeoutMs) throws IOException {
        if (!client.turnUntil(condition, timeoutMs)) {
            throw new IOException("waited " + timeoutMs / 1000 + " s for " + what + tail());
        }
    }

    private String tail() {
        return Optional.ofNullable(daemon).map(process -> "\n" + process.tail()).orElse("");
    }
}
