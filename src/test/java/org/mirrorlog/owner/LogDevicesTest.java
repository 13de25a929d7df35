package org.mirrorlog.owner;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.device.DeviceCounters;
import org.mirrorlog.device.DeviceRefused;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;

/** The open log devices of a machine, and what they run into. */
@Timeout(60)
class LogDevicesTest {
    private static final String UUID_OF_LOG = "LVM-devices";
    private static final InstanceId INSTANCE = new InstanceId("boot", 1);
    private static final int REGIONS = 64;
    private static final int MOST = 400;

    private final FaultyDevices source = new FaultyDevices();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong now = new AtomicLong();
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final LogDevices devices = new LogDevices(source, MOST,
            new LogDevices.Means(threads, now::get, (uuid, line) -> lines.add(uuid + ": " + line)));

    @AfterEach
    void stop() {
        source.answer();
        threads.shutdown();
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    private DeviceOutcome format(String uuid) {
        return get(devices.format(uuid, INSTANCE, bits(RegionSet.empty()),
                new PrivateHeader(new UUID(1, 2), "test", true, 1)));
    }

    private static OwnerDevices.Bits bits(RegionSet dirty) {
        return new OwnerDevices.Bits(dirty, REGIONS);
    }

    private CompletionStage<DeviceOutcome> update(String uuid, long region) {
        return devices.update(uuid, INSTANCE, bits(RegionSet.of(region)),
                new OwnerDevices.Change(RegionSet.of(region), true));
    }

    private void open(String uuid) {
        get(devices.open(uuid, INSTANCE, "/dev/" + uuid, REGIONS));
        assertEquals(DeviceOutcome.Done.INSTANCE, format(uuid));
    }

    /** The latest call of all devices is this one, and hangs. */
    private void awaitCall(String call) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        for (List<String> calls = source.calls(); !calls.get(calls.size() - 1).equals(call); calls = source.calls()) {
            assertTrue(System.nanoTime() < until, calls.toString());
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldGoOnCountingWhatClosedDevicesDid(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("log");
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(1 << 16);
        }
        LogDevices real = new LogDevices(Runnable::run, true);

        get(real.open(UUID_OF_LOG, INSTANCE, file.toString(), REGIONS));
        DeviceOutcome outcome = get(real.format(UUID_OF_LOG, INSTANCE, bits(RegionSet.empty()),
                new PrivateHeader(new UUID(1, 2), "test", true, 1)));
        DeviceCounters whileOpen = real.counters();
        real.close(UUID_OF_LOG, INSTANCE);

        assertEquals(DeviceOutcome.Done.INSTANCE, outcome);
        assertTrue(whileOpen.writes() > 0 && whileOpen.flushes() > 0, whileOpen.toString());
        assertEquals(whileOpen, real.counters());
    }

    @Test
    void shouldTellNotYetFromInVain() {
        assertEquals(DeviceStatus.NOT_OPENED, devices.status("a", INSTANCE));
        source.hang("/dev/a");
        CompletionStage<?> opened = devices.reopen("a", INSTANCE, "/dev/a", REGIONS);
        assertEquals(DeviceStatus.OPENING, devices.status("a", INSTANCE));
        assertInstanceOf(DeviceOutcome.Unknown.class, get(update("nobody", 1)));

        source.answer();
        get(opened);
        source.failing(source.calls().size() + 1, FaultyDevices.Fault.REFUSED);
        assertThrows(CompletionException.class, () -> get(devices.reopen("b", INSTANCE, "/dev/b", REGIONS)));

        assertEquals(DeviceStatus.REFUSED, devices.status("b", INSTANCE));
        assertInstanceOf(DeviceOutcome.Failed.class, get(update("b", 1)));
        source.failing(source.calls().size() + 1, FaultyDevices.Fault.REFUSED);
        assertThrows(CompletionException.class, () -> get(devices.open("c", INSTANCE, "/dev/c", REGIONS)));
        assertEquals(DeviceStatus.NOT_OPENED, devices.status("c", INSTANCE),
                "nothing is kept of what was never loaded");
    }

    /** Each call in turn throws: nothing of it is the device's failure, and nothing of it lasts. */
    @Test
    void shouldNeverTakeADefectOfItsOwnForAFailedDevice() {
        List<Supplier<DeviceOutcome>> steps = List.of(() -> format("a"), () -> get(update("a", 5)),
                () -> get(devices.repair("a", INSTANCE, bits(RegionSet.of(5)))),
                () -> get(devices.settle("a", INSTANCE, bits(RegionSet.of(5)),
                        new PrivateHeader(new UUID(1, 2), "test", false, 2))));
        get(devices.open("a", INSTANCE, "/dev/a", REGIONS));
        int calls = 0;
        for (int step = 0; step < steps.size(); step++) {
            steps.get(step).get();
        }
        calls = source.calls().size();
        get(devices.close("a", INSTANCE));
        assertTrue(calls > 8, source.calls().toString());

        for (int at = 2; at <= calls; at++) {
            get(devices.open("a", INSTANCE, "/dev/a", REGIONS));
            source.failing(source.calls().size() + at - 1, FaultyDevices.Fault.THROWN);
            List<DeviceOutcome> outcomes = new ArrayList<>();
            steps.forEach(step -> outcomes.add(step.get()));
            assertTrue(outcomes.stream().noneMatch(DeviceOutcome.Failed.class::isInstance), at + ": " + outcomes);
            assertEquals(DeviceStatus.OPEN, devices.status("a", INSTANCE));
            source.failing(0, null);
            steps.forEach(step -> assertEquals(DeviceOutcome.Done.INSTANCE, step.get()));
            get(devices.close("a", INSTANCE));
        }
    }

    @Test
    void shouldTryAgainWhatTheMachineLacksWhileATableRuns() {
        source.failing(1, FaultyDevices.Fault.THROWN);
        CompletionStage<?> opened = devices.reopen("a", INSTANCE, "/dev/a", REGIONS);
        assertThrows(CompletionException.class,
                () -> opened.toCompletableFuture().orTimeout(50, TimeUnit.MILLISECONDS).join());

        now.addAndGet(1_000);
        devices.tick();

        assertEquals(1, lines.size(), lines.toString());
        assertEquals(DeviceOutcome.Done.INSTANCE, format("a"));
        assertEquals(DeviceStatus.OPEN, devices.status("a", INSTANCE));
    }

    @Test
    void shouldServeHealthyDevicesWhileDozensHang() {
        IntStream.range(0, 80).forEach(i -> open("hung-" + i));
        IntStream.range(0, 80).forEach(i -> open("healthy-" + i));
        source.hang("/dev/hung");
        int before = source.calls().size();

        List<CompletionStage<DeviceOutcome>> stuck = IntStream.range(0, 80)
                .mapToObj(i -> update("hung-" + i, 1)).toList();
        IntStream.range(0, 80).forEach(i -> devices.reopen("hung-too-" + i, INSTANCE, "/dev/hung-too", REGIONS));
        await("all of them have begun").atMost(60, TimeUnit.SECONDS).until(() -> source.calls().size() == before + 160);
        for (int i = 0; i < 80; i++) {
            assertEquals(DeviceOutcome.Done.INSTANCE, get(update("healthy-" + i, 3)));
        }
        open("new");
        assertTrue(get(devices.close("new", INSTANCE)));
        // A device is at work for a moment after what it has done was told.
        await("the healthy ones are at rest").atMost(60, TimeUnit.SECONDS).until(() -> devices.census().lingering() == 0
                && IntStream.range(0, 80).allMatch(i -> devices.isQuiet("healthy-" + i, INSTANCE)));

        now.addAndGet(DeviceLane.LATE_MS);
        devices.tick();
        devices.tick();
        assertEquals(160, devices.census().late());
        assertEquals(160, devices.census().lateOperations());
        assertEquals(160, lines.size());
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("hung-7: log device /dev/hung-7 has not answered for"
                + " 5 s (write)")), lines.toString());
        assertEquals(5_000, devices.look("hung-0", INSTANCE).lateMs());
        source.answer();
        stuck.forEach(one -> assertEquals(DeviceOutcome.Done.INSTANCE, get(one)));
    }

    @Test
    void shouldSayWhenADeviceAnswersAgainAndReadItBackOnlyAfterThat() {
        open("a");
        source.hang("/dev/a");
        CompletionStage<DeviceOutcome> write = update("a", 1);
        awaitCall("write");
        now.addAndGet(DeviceLane.LATE_MS);
        devices.tick();

        assertFalse(devices.isQuiet("a", INSTANCE), "something is under way");
        source.answer();
        get(write);
        get(devices.read("a", INSTANCE));
        devices.tick();
        assertTrue(lines.stream().anyMatch(line -> line.contains("answers again")), lines.toString());
    }

    @Test
    void shouldLeaveOutOneReadBackAfterAnOperationThatWasLate() {
        open("a");
        source.hang("/dev/a");
        CompletionStage<DeviceOutcome> write = update("a", 1);
        awaitCall("write");
        now.addAndGet(DeviceLane.LATE_MS);
        source.answer();
        get(write);
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (devices.look("a", INSTANCE).lateMs() > 0) {
            assertTrue(System.nanoTime() < until);
        }

        assertFalse(devices.isQuiet("a", INSTANCE));
        assertTrue(devices.isQuiet("a", INSTANCE), "the next one is tried");
    }

    @Test
    void d20ShouldNotSayClosedBeforeItIs() {
        open("a");
        source.hang("/dev/a");
        CompletionStage<DeviceOutcome> write = update("a", 1);

        CompletionStage<Boolean> closed = devices.close("a", INSTANCE);
        now.addAndGet(LogDevices.CLOSE_BOUND_MS - 1);
        devices.tick();
        assertFalse(closed.toCompletableFuture().isDone());
        assertEquals(DeviceStatus.CLOSED, devices.status("a", INSTANCE));

        source.answer();
        assertTrue(get(closed));
        assertEquals(DeviceOutcome.Done.INSTANCE, get(write));
        assertEquals(DeviceStatus.NOT_OPENED, devices.status("a", INSTANCE));
    }

    @Test
    void shouldLeaveADeviceThatHangsToTheReaperAndSaySo() {
        open("a");
        source.hang("/dev/a");
        CompletionStage<DeviceOutcome> write = update("a", 1);
        CompletionStage<Boolean> closed = devices.close("a", INSTANCE);

        now.addAndGet(LogDevices.CLOSE_BOUND_MS);
        devices.tick();

        assertFalse(get(closed));
        assertInstanceOf(DeviceOutcome.Unknown.class, get(write));
        assertTrue(lines.stream().anyMatch(line -> line.contains("is not closed after 5 s")), lines.toString());
        assertEquals(1, devices.census().lingering());
        assertFalse(get(devices.close("a", INSTANCE)), "asked once more, it is no better");
        source.answer();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (devices.census().lingering() > 0) {
            assertTrue(System.nanoTime() < until, "closed in the end");
        }
        assertTrue(lines.stream().anyMatch(line -> line.contains("is closed after all")), lines.toString());
        assertEquals("close", source.calls().get(source.calls().size() - 1));
    }

    /** Two tables may have one address, one after the other: what becomes of one device is no word to the other. */
    @Test
    void shouldTellNobodyOfADeviceThatWasClosedBeforeItWasOpen() {
        source.hang("/dev/a");
        CompletionStage<?> first = devices.open("a", INSTANCE, "/dev/a", REGIONS);
        devices.close("a", INSTANCE);
        CompletionStage<?> second = devices.open("a", INSTANCE, "/dev/b", REGIONS);
        assertFalse(second.toCompletableFuture().isDone(), "the older one is closed first");

        now.addAndGet(LogDevices.CLOSE_BOUND_MS);
        devices.tick();
        get(second);
        assertFalse(first.toCompletableFuture().isDone());
        source.answer();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (devices.census().lingering() > 0) {
            assertTrue(System.nanoTime() < until, "closed in the end");
        }

        assertFalse(first.toCompletableFuture().isDone());
        assertEquals(DeviceStatus.OPEN, devices.status("a", INSTANCE));
        assertEquals(DeviceOutcome.Done.INSTANCE, format("a"));
    }

    @Test
    void shouldOpenAnewBesideADeviceThatIsLeftToTheReaper() {
        open("a");
        source.hang("/dev/a");
        update("a", 1);
        devices.close("a", INSTANCE);
        now.addAndGet(LogDevices.CLOSE_BOUND_MS);
        devices.tick();

        get(devices.open("a", INSTANCE, "/dev/other", REGIONS));

        assertEquals(DeviceOutcome.Done.INSTANCE, format("a"));
        assertEquals(DeviceStatus.OPEN, devices.status("a", INSTANCE));
    }

    @Test
    void shouldRefuseATableThatWouldBeOneDeviceTooMany() {
        IntStream.range(0, MOST).forEach(i -> get(devices.open("log-" + i, INSTANCE, "/dev/" + i, REGIONS)));

        CompletionException refused = assertThrows(CompletionException.class,
                () -> get(devices.open("one", INSTANCE, "/dev/one", REGIONS)));

        assertEquals(24, ((DeviceRefused) refused.getCause()).errno());
        get(devices.reopen("runs", INSTANCE, "/dev/runs", REGIONS));
        get(devices.close("log-1", INSTANCE));
        get(devices.close("runs", INSTANCE));
        get(devices.open("one", INSTANCE, "/dev/one", REGIONS));
    }

    @Test
    void shouldFailNothingWhereNoThreadCanBeHad() {
        AtomicBoolean isShort = new AtomicBoolean();
        LogDevices few = new LogDevices(source, MOST, new LogDevices.Means(task -> {
            if (isShort.get()) {
                throw new RejectedExecutionException("unable to create native thread");
            }
            task.run();
        }, now::get, (uuid, line) -> lines.add(line)));
        get(few.open("a", INSTANCE, "/dev/a", REGIONS));
        isShort.set(true);

        assertInstanceOf(DeviceOutcome.Unknown.class, get(few.update("a", INSTANCE, bits(RegionSet.of(1)),
                new OwnerDevices.Change(RegionSet.of(1), true))));
        CompletionStage<Boolean> closed = few.close("a", INSTANCE);
        assertFalse(closed.toCompletableFuture().isDone());
        isShort.set(false);
        few.tick();

        assertTrue(get(closed));
    }
}
