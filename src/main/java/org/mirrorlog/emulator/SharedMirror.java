package org.mirrorlog.emulator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * One mirror of two legs in memory that the emulated kernels of several machines use at a time, each by its own daemon.
 * Its calls wait, and drive all the kernels meanwhile. For one thread.
 */
final class SharedMirror implements AutoCloseable {
    private static final int REGION_SECTORS = 256;
    private static final long CALL_MS = 90_000;
    private static final long RESYNC_MS = 240_000;
    /** Otherwise the writers would leave no processor to the daemons, which are on the same machine. */
    private static final long REST_MS = 20;
    private static final int TURN_MS = 1;

    /** A machine: its kernel, and those who write there. */
    private record Machine(String name, KernelClient client, EmulatedDevice device, Writers writers) { }

    private final Screen screen;
    private final int regions;
    private final String uuid;
    private final ByteLegs legs;
    private final List<Machine> machines = new ArrayList<>();
    private long complaints;
    private long failed;
    private long ended;

    /** Legs that were never mirrored, and no machine yet. */
    SharedMirror(Screen screen, DemoOptions options, String uuid) {
        this.screen = screen;
        this.regions = options.regions();
        this.uuid = uuid;
        this.legs = new ByteLegs(2, lengthSectors() * 512).scramble(new Random(options.seed()));
        screen.line("mirror", String.format(Locale.ROOT,
                "%d MiB in %d regions, two legs in memory with different content, log in memory",
                legs.sizeBytes() >> 20, regions));
    }

    private long lengthSectors() {
        return (long) regions * REGION_SECTORS;
    }

    /** A further machine, whose kernel it takes over. */
    void add(String name, KernelClient client) {
        EmulatedDevice device = client.machine().device("demo", legs);
        Writers first = machines.isEmpty() ? new Writers(device, legs.sizeBytes(), new Random(1))
                : machines.get(0).writers();
        machines.add(new Machine(name, client, device, new Writers(device, first, REST_MS)));
    }

    /** Those that are left, in the order of their coming. */
    List<String> names() {
        return machines.stream().map(Machine::name).toList();
    }

    /** That machine's power is cut: nothing that its kernel has under way ever happens. */
    void lose(String name) {
        Iterator<Machine> all = machines.iterator();
        while (all.hasNext()) {
            Machine one = all.next();
            if (one.name().equals(name)) {
                all.remove();
                settle(one);
                one.client().close();
            }
        }
    }

    private void settle(Machine one) {
        complaints += one.client().machine().complaints().count();
        one.client().machine().complaints().first().forEach(complaint -> screen.line("complaint", complaint));
        ended += one.writers().ended();
        failed += one.writers().failed();
    }

    // --- time -----------------------------------------------------------------------------------------------------

    /** Drives all kernels for a moment. */
    void turn() throws IOException {
        for (Machine machine : machines) {
            machine.client().turn(TURN_MS);
        }
    }

    /**
     * Drives them until the condition holds.
     *
     * @return false if it did not in time
     */
    boolean turnUntil(BooleanSupplier condition, long timeoutMs) throws IOException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - endNs > 0) {
                return false;
            }
            turn();
        }
        return true;
    }

    /** The same; in vain is an error. */
    void await(String what, long timeoutMs, BooleanSupplier condition) throws IOException {
        if (!turnUntil(condition, timeoutMs)) {
            throw new IOException("waited " + timeoutMs / 1000 + " s for " + what + "; kernels wait for "
                    + machines.stream().map(machine -> machine.name() + ": " + machine.device().active()
                            .map(EmulatedMirror::workerWaitsFor).orElse("a table"))
                            .collect(Collectors.joining(", ")));
        }
    }

    /** One call of management on each machine, beside each other. */
    private void onAll(Function<EmulatedDevice, Ioctl> call) throws IOException {
        List<Ioctl> calls = machines.stream().map(Machine::device).map(call).toList();
        await("the kernels' calls", CALL_MS, () -> calls.stream().allMatch(Ioctl::isDone));
        for (Ioctl one : calls) {
            if (one.error() != 0) {
                throw new IOException(one.toString());
            }
        }
    }

    // --- what operators and applications do -----------------------------------------------------------------------

    /** Loads the table everywhere, puts it in use, and waits until all is in sync. */
    void activate() throws IOException {
        onAll(device -> device.load(MirrorTable.core(uuid, lengthSectors(), REGION_SECTORS).withHandleErrors()));
        onAll(EmulatedDevice::resume);
        awaitSync();
    }

    /** Suspends it everywhere and resumes it: regions that the log has lost faith in are copied then. */
    void reactivate() throws IOException {
        onAll(EmulatedDevice::suspend);
        onAll(EmulatedDevice::resume);
        awaitSync();
    }

    private void awaitSync() throws IOException {
        long startNs = System.nanoTime();
        long[] count = {0};
        boolean[] isAsking = {false};
        await("the resync", RESYNC_MS, () -> {
            if (!isAsking[0]) {
                isAsking[0] = true;
                machines.get(0).client().machine().timers().after(100, () -> machines.get(0).device().status(ioctl -> {
                    isAsking[0] = false;
                    count[0] = ioctl.status().orElseThrow().syncCount();
                }));
            }
            if (screen.isDue()) {
                screen.progress("resync", screen.bar(count[0], regions) + ' ' + count[0] + '/' + regions);
            }
            return count[0] == regions;
        });
        screen.line("resync", screen.bar(1, 1) + ' ' + regions + '/' + regions + " in " + Screen.seconds(startNs));
    }

    /** So many writes at a time on each machine, from now on. */
    void startWriting(int each) {
        machines.forEach(machine -> machine.writers().start(each));
    }

    /** Those under way end, no new ones begin. */
    void stopWriting() throws IOException {
        machines.forEach(machine -> machine.writers().stop());
        await("the last writes", CALL_MS, () -> machines.stream().allMatch(machine -> machine.writers().isQuiet()));
    }

    /** Writes for so long, and says how it went. */
    void write(long ms) throws IOException {
        long startNs = System.nanoTime();
        resetLatency();
        long before = endedNow();
        Supplier<String> rate = () -> String.format(Locale.ROOT, "%6.0f writes/s on %d machines, longest %.0f ms",
                (endedNow() - before) * 1e9 / (System.nanoTime() - startNs), machines.size(), longestMs());
        turnUntil(() -> {
            if (screen.isDue()) {
                screen.progress("writes", rate.get());
            }
            return false;
        }, ms);
        screen.line("writes", rate.get());
    }

    /** Writes that have ended on the machines that are left. */
    private long endedNow() {
        return machines.stream().mapToLong(machine -> machine.writers().ended()).sum();
    }

    /** On the machine that has had the fewest. */
    long fewestEnded() {
        return machines.stream().mapToLong(machine -> machine.writers().ended()).min().orElseThrow();
    }

    /** From now on the longest write is measured anew. */
    void resetLatency() {
        machines.forEach(machine -> machine.writers().latency().reset());
    }

    /** The longest write that has ended, in milliseconds. */
    double longestMs() {
        return machines.stream().map(machine -> machine.writers().latency()).mapToLong(Histogram::getMaxValue).max()
                .orElseThrow() / 1e6;
    }

    // --- what came of it ------------------------------------------------------------------------------------------

    /** Whether the legs are equal wherever the log calls them in sync, and nothing failed meanwhile; says so. */
    boolean compare() throws IOException {
        SyncSurvey survey = SyncSurvey.begin(machines.get(0).device(), regions);
        await("the log to say what is in sync", CALL_MS, survey::isDone);
        AuditReport report = survey.compare(legs, lengthSectors(), REGION_SECTORS);
        screen.line("compare", report.toString());
        long wrong = complaints + machines.stream().mapToLong(one -> one.client().machine().complaints().count()).sum();
        long bad = failed + machines.stream().mapToLong(one -> one.writers().failed()).sum();
        boolean isGood = report.isClean() && report.comparedRegions() > 0 && wrong == 0 && bad == 0;
        screen.verdict(isGood, isGood
                ? "good: " + (ended + endedNow()) + " writes, the legs are equal in all " + report.comparedRegions()
                        + " regions that the log calls in sync"
                : "BAD: " + report.differenceCount() + " regions differ, " + report.comparedRegions()
                        + " could be compared, " + bad + " writes failed, " + wrong + " answers broke a rule");
        return isGood;
    }

    /** Takes it out of use on all machines. */
    void remove() throws IOException {
        onAll(EmulatedDevice::remove);
    }

    @Override
    public void close() {
        machines.forEach(machine -> machine.client().close());
    }
}
