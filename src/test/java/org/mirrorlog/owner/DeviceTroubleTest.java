package org.mirrorlog.owner;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mirrorlog.device.DeviceRefused;
import org.mirrorlog.device.LogDevice;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.RoundAnswer;

/** What an owner makes of a log device that is not open yet, refuses, hangs, or is not even asked. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceTroubleTest {
    private static final int BITMAP_AT = 1024;
    private static final int REGIONS = 64;
    private static final String PATH = "/dev/log";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong now = new AtomicLong();
    private final OwnerStage stage = new OwnerStage("LVM-trouble", new LogDevices(this::open, 10,
            new LogDevices.Means(threads, now::get, (uuid, line) -> { })));
    private volatile FaultyDevices source = new FaultyDevices();

    @BeforeEach
    void begin(TestInfo test) {
        source = new FaultyDevices();
        stage.heads = id -> CompletableFuture.completedStage((long) stage.commits().size());
        stage.beginLog("LVM-" + test.getTestMethod().orElseThrow().getName() + test.getDisplayName().hashCode());
    }

    @AfterEach
    void answer() {
        source.answer();
    }

    @AfterAll
    void stop() {
        stage.close();
        threads.shutdown();
    }

    private LogDevice open(String path, long regionCount) throws DeviceRefused {
        return source.open(path, regionCount);
    }

    private void reopen() {
        stage.devices.reopen(stage.uuid, OwnerStage.A, PATH, REGIONS);
    }

    private void resume() {
        reopen();
        await("open").atMost(20, TimeUnit.SECONDS).until(() -> stage.devices.has(stage.uuid, OwnerStage.A));
        stage.resume(OwnerStage.disk(PATH));
    }

    private void closeDevice() {
        stage.devices.close(stage.uuid, OwnerStage.A).toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    private boolean isClean(int region) {
        return (source.bytes(PATH)[BITMAP_AT + region / 8] >>> region % 8 & 1) == 1;
    }

    private long failures() {
        return stage.commits().stream().flatMap(commit -> commit.events().stream())
                .filter(LogEvent.DeviceFailed.class::isInstance).count();
    }

    // --- not yet --------------------------------------------------------------------------------------------------

    @Test
    void shouldHoldBackWhatComesBeforeTheDeviceIsOpenedAndAnswerOnceItIs() {
        resume();
        closeDevice();
        stage.restart(1_000);

        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0));
        stage.assertSilent();
        assertEquals(0, failures());
        reopen();

        RoundAnswer answer = stage.answer();
        assertEquals(new Answer.Done(), answer.answer());
        assertEquals(DeviceHealth.ALIVE, answer.health());
        assertFalse(isClean(5));
    }

    @Test
    void shouldHoldBackWhileTheDeviceOfATableElsewhereIsNotOpenedYet() {
        resume();
        closeDevice();
        source.failing(source.calls().size() + 1, FaultyDevices.Fault.REFUSED);
        reopen();
        await("refused").atMost(20, TimeUnit.SECONDS).until(() -> stage.devices.status(stage.uuid, OwnerStage.A)
                == DeviceStatus.REFUSED);
        stage.restart(1_000);

        stage.owner.tell(new OwnerCommand.Ask(stage.round(OwnerStage.B, 0, new Ask.Resume(OwnerStage.disk(PATH)), 0),
                DeviceStatus.NOT_OPENED, new ActorRecipient<>(stage.instances())));
        stage.assertSilent();

        assertEquals(0, failures());
    }

    @Test
    void shouldSayThatTheDeviceFailedWhereAnOpenWasTriedInVain() {
        resume();
        closeDevice();
        source.failing(source.calls().size() + 1, FaultyDevices.Fault.REFUSED);
        reopen();
        await("refused").atMost(20, TimeUnit.SECONDS).until(() -> stage.devices.status(stage.uuid, OwnerStage.A)
                == DeviceStatus.REFUSED);
        stage.restart(1_000);

        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0));

        assertEquals(DeviceHealth.WRITE_FAILED, stage.answer().health());
        assertEquals(1, failures());
    }

    // --- each call in turn ----------------------------------------------------------------------------------------

    /** A life of a log on its device. */
    private void live() {
        reopen();
        stage.insistOnResume(OwnerStage.disk(PATH));
        assertEquals(new Answer.Done(), stage.insist(new Ask.Mark(RegionSet.of(5))).answer());
        assertEquals(new Answer.Done(), stage.insist(new Ask.Leave()).answer());
    }

    private List<String> begin(String uuid, int callNumber, FaultyDevices.Fault fault) {
        source = new FaultyDevices().failing(callNumber, fault);
        stage.beginShardedLog(uuid);
        return source.calls();
    }

    private int callsOfALife() {
        begin("LVM-whole-" + stage.uuid, 0, null);
        live();
        int calls = source.calls().size();
        closeDevice();
        assertTrue(calls >= 10, source.calls().toString());
        return calls;
    }

    @ParameterizedTest
    @EnumSource(names = {"THROWN", "LACKING"})
    void shouldHoldAndTryAgainWhateverIsNotTheDevices(FaultyDevices.Fault fault) {
        int calls = callsOfALife();
        List<String> whole = source.calls();
        // That nothing could be opened is refused by the real opener, and a flush that failed may have lost something.
        List<String> isTold = fault == FaultyDevices.Fault.LACKING ? List.of("open", "sync") : List.of();
        for (int at = 1; at <= calls; at++) {
            if (isTold.contains(whole.get(at - 1))) {
                continue;
            }
            begin("LVM-" + fault + "-" + at, at, fault);
            reopen();
            now.addAndGet(1_000);
            int number = at;
            await("open").atMost(20, TimeUnit.SECONDS).until(() -> {
                stage.devices.tick();
                return number > 1 || stage.devices.has(stage.uuid, OwnerStage.A);
            });
            stage.insistOnResume(OwnerStage.disk(PATH));
            assertEquals(new Answer.Done(), stage.insist(new Ask.Mark(RegionSet.of(5))).answer());
            assertFalse(isClean(5), "call " + at);
            assertTrue(isClean(6) || stage.inspect().dirty().contains(6), "call " + at);
            assertEquals(new Answer.Done(), stage.insist(new Ask.Leave()).answer());

            assertEquals(0, failures(), "call " + at + " of " + source.calls());
            assertEquals(DeviceHealth.ALIVE, stage.inspect().health());
            closeDevice();
        }
    }

    @Test
    void shouldNotTakeTransfersThatAreCutShortForFailures() {
        int calls = callsOfALife();
        for (int at = 2; at <= calls; at++) {
            begin("LVM-short-" + at, at, FaultyDevices.Fault.SHORT);

            live();

            assertEquals(0, failures(), "call " + at);
            assertFalse(isClean(5), "call " + at);
            closeDevice();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSED", "ENOSPC", "EROFS", "EDQUOT"})
    void s22ShouldSayOnceThatTheDeviceFailedWhereverItRefusesAWriteOrAFlush(FaultyDevices.Fault fault) {
        int calls = callsOfALife();
        for (int at = 2; at <= calls; at++) {
            begin("LVM-" + fault + "-" + at, at, fault);

            live();

            String refused = source.calls().get(at - 1);
            assertEquals(refused.equals("write") || refused.equals("sync") ? 1 : 0, failures(),
                    "call " + at + ", " + refused);
            assertTrue(stage.inspect().dirty().contains(5), "acknowledged is not lost");
            closeDevice();
        }
    }

    @Test
    void s22ShouldSayThatTheDeviceFailedWithTheAnswerOfThatVeryRound() {
        resume();
        source.failing(source.calls().size() + 1, FaultyDevices.Fault.REFUSED);

        RoundAnswer answer = stage.ask(new Ask.Mark(RegionSet.of(5)));

        assertEquals(DeviceHealth.WRITE_FAILED, answer.health());
        assertEquals(List.of(new LogEvent.DeviceFailed(OwnerStage.A, DeviceHealth.WRITE_FAILED)),
                stage.commits().get(2).events());
        assertEquals(RegionSet.of(5), stage.inspect().dirty());
        assertEquals(DeviceHealth.WRITE_FAILED, stage.ask(new Ask.Mark(RegionSet.of(6))).health());
        stage.restart(1_000);
        assertEquals(DeviceHealth.WRITE_FAILED, stage.ask(new Ask.Mark(RegionSet.of(7))).health());
    }

    @Test
    void shouldAnswerNothingWhileTheDeviceHangsAndEverythingAfterwards() {
        int calls = callsOfALife();
        for (int at = 2; at <= calls; at++) {
            begin("LVM-hanging-" + at, at, FaultyDevices.Fault.HANGING);
            CompletableFuture<Void> life = CompletableFuture.runAsync(this::live, threads);
            int number = at;
            await("it hangs").pollDelay(0, TimeUnit.MILLISECONDS).pollInterval(2, TimeUnit.MILLISECONDS)
                    .atMost(20, TimeUnit.SECONDS).until(() -> source.calls().size() >= number);
            assertFalse(life.isDone());
            source.answer();

            life.orTimeout(20, TimeUnit.SECONDS).join();
            assertEquals(0, failures(), "call " + at);
            closeDevice();
        }
    }

    // --- destroyed while it hangs ---------------------------------------------------------------------------------

    @Test
    void shouldForgetATableWhoseDeviceHangsOnceItsCloseHasHadItsTime() {
        begin("LVM-destroyed", 0, null);
        resume();
        source.hang(PATH);
        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0));
        await("it hangs").atMost(20, TimeUnit.SECONDS)
                .until(() -> source.calls().get(source.calls().size() - 1).equals("write"));

        CompletableFuture<Boolean> closed = stage.devices.close(stage.uuid, OwnerStage.A).toCompletableFuture();
        now.addAndGet(LogDevices.CLOSE_BOUND_MS);
        stage.devices.tick();

        assertEquals(false, closed.orTimeout(20, TimeUnit.SECONDS).join());
        assertEquals(new Answer.Done(), stage.insist(new Ask.Forget()).answer());
        assertEquals(0, failures());
        assertTrue(stage.inspect().dirty().contains(5), "what may have been written stays dirty");
    }

    // --- read-back ------------------------------------------------------------------------------------------------

    private long reads() {
        return source.calls().stream().filter("read"::equals).count();
    }

    /** A device that is still at work is not read back, and the next time comes much later. */
    private void readBack() {
        await("quiet").atMost(20, TimeUnit.SECONDS).until(() -> stage.devices.isQuiet(stage.uuid, OwnerStage.A));
        stage.owner.tell(OwnerCommand.RepairDevice.INSTANCE);
    }

    private void lateBlock() {
        source.bytes(PATH)[BITMAP_AT] = (byte) 0xff;
    }

    @Test
    void d20ShouldReadTheDeviceBackOnceItsReignIsProven() {
        resume();
        stage.mark(5);
        lateBlock();

        readBack();

        await("repaired").atMost(20, TimeUnit.SECONDS).until(() -> !isClean(5));
    }

    @Test
    void d3ShouldNeitherReadNorWriteTheDeviceOnceAnotherOwnerHasGoneOn() {
        resume();
        stage.mark(5);
        long reads = reads();
        lateBlock();
        stage.heads = id -> CompletableFuture.completedStage(stage.commits().size() + 1L);

        readBack();

        stage.assertStops();
        assertEquals(reads, reads());
        assertTrue(isClean(5), "what the other owner has written is left alone");
    }

    @Test
    void d3ShouldNotReadTheDeviceBackWhileTheJournalDoesNotTellItsHead() {
        resume();
        long reads = reads();
        stage.heads = Heads.UNKNOWN;

        readBack();
        stage.mark(5);

        assertEquals(reads, reads());
        assertInstanceOf(Answer.Done.class, stage.ask(new Ask.Mark(RegionSet.of(6))).answer());
    }
}
