package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.LogSpec;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

/** How an owner ends, is moved and goes on, command by command; what it decides is shown in {@link LogOwnerTest}. */
class OwnerCoreTest {
    private static final String UUID = "LVM-core";
    private static final InstanceId HERE = new InstanceId("boot-a", 1);

    private final Deque<OwnerCommand> mailbox = new ArrayDeque<>();
    private final Set<OwnerCommand> timers = new HashSet<>();
    private final List<FromOwner> told = new ArrayList<>();
    private final List<OwnerCommand.Ask> passed = new ArrayList<>();
    private final List<String> placed = new ArrayList<>();
    private final List<RollCall> rolls = new ArrayList<>();
    private final List<HeardQuestion> questions = new ArrayList<>();
    private Map<String, String> withinReach = Map.of();
    private final Deque<Runnable> deviceWork = new ArrayDeque<>();
    private final LogDevices devices = new LogDevices(deviceWork::add, true);
    private final OwnerBackoff backoff = new OwnerBackoff(1);
    private long head;
    private Runnable whenDraining;
    private LogState state = LogState.unborn();
    private boolean hasStopped;
    private long lastRound;

    private record Inbox<T>(Consumer<T> messages) implements Recipient<T> {
        @Override
        public void tell(T message) {
            messages.accept(message);
        }

        @Override
        public boolean isElsewhere() {
            return false;
        }
    }

    /** Everything in one thread: what is told waits until {@link #work}. */
    private final class Bench implements OwnerRuntime, Placement {
        @Override
        public Recipient<OwnerCommand> self() {
            return new Inbox<>(mailbox::add);
        }

        @Override
        public void startTimer(OwnerCommand command, Duration after) {
            timers.add(command);
        }

        @Override
        public void repeat(OwnerCommand command, Duration every) {
            timers.add(command);
        }

        @Override
        public void cancelTimer(OwnerCommand command) {
            timers.remove(command);
        }

        @Override
        public boolean isTimerActive(OwnerCommand command) {
            return timers.contains(command);
        }

        @Override
        public String persistenceId() {
            return UUID;
        }

        @Override
        public long sequenceNumber() {
            return state.number();
        }

        @Override
        public Optional<String> tooOldFor(int format) {
            return Optional.empty();
        }

        @Override
        public Logger log() {
            return NOPLogger.NOP_LOGGER;
        }

        @Override
        public void move(String uuid, Recipient<FromOwner> user) {
            placed.add("move");
        }

        @Override
        public void stay(String uuid) {
            placed.add("stay");
        }

        @Override
        public void ended(String uuid) {
            placed.add("ended");
        }

        @Override
        public void pass(String uuid, OwnerCommand.Ask ask) {
            passed.add(ask);
        }

        @Override
        public void came(String uuid, Runnable whenDrained) {
            whenDraining = whenDrained;
        }
    }

    private OwnerCore core(LogDevices devices, RoundDecider decider) {
        Bench bench = new Bench();
        OwnerSettings settings = new OwnerSettings("node-a#1", HERE.incarnation(), "test", OwnerStage.JOURNAL, true,
                Set.of(), Optional.empty(), 1_000, Duration.ofHours(1));
        OwnerCore core = new OwnerCore(UUID, settings, new OwnerPorts(devices, new DeathList(), bench, backoff,
                id -> CompletableFuture.completedStage(head), hearsay()), bench, decider);
        core.replayed(state);
        return core;
    }

    private Hearsay hearsay() {
        return new Hearsay(Map::of, () -> withinReach, rolls::add, questions::add, false);
    }

    private OwnerCore core() {
        return core(devices, Decider::decide);
    }

    /** Until nothing waits, or it stops. */
    private void work(OwnerCore core) {
        while (!mailbox.isEmpty() && !hasStopped) {
            hand(core, mailbox.poll());
        }
    }

    private void hand(OwnerCore core, OwnerCommand command) {
        OwnerEffect effect = core.handle(state, command);
        if (effect instanceof OwnerEffect.Persist persist) {
            state = state.after(persist.commit());
            core.persisted(state);
        }
        hasStopped |= effect instanceof OwnerEffect.Stop;
    }

    private OwnerCommand.Ask ask(long session, Ask ask) {
        Round round = new Round(UUID, HERE, "node-a", 1, session, ++lastRound, 0, 0, RegionSet.empty(), ask);
        return new OwnerCommand.Ask(round, true, new Inbox<>(told::add));
    }

    private Answer lastAnswer() {
        return assertInstanceOf(RoundAnswer.class, told.get(told.size() - 1)).answer();
    }

    private long resumed(OwnerCore core, LogSpec spec) {
        hand(core, ask(0, new Ask.Resume(spec)));
        work(core);
        while (!deviceWork.isEmpty()) {
            deviceWork.poll().run();
            work(core);
        }
        return assertInstanceOf(Answer.Joined.class, lastAnswer()).session();
    }

    private void workOnDevices() {
        while (!deviceWork.isEmpty()) {
            deviceWork.poll().run();
        }
    }

    /** A log whose image this machine has open. */
    private long resumedWithDevice(OwnerCore core, Path directory) throws IOException {
        Path image = Files.write(directory.resolve("log"), new byte[1 << 16]);
        LogSpec spec = OwnerStage.disk(image.toString());
        devices.open(UUID, HERE, image.toString(), 64);
        workOnDevices();
        return resumed(core, spec);
    }

    @Test
    void shouldPassOnWhatWaitsWhenItIsToldToStop() {
        OwnerCore core = core();
        OwnerCommand.Ask before = ask(0, new Ask.Resume(OwnerStage.core()));
        OwnerCommand.Ask after = ask(0, new Ask.Resume(OwnerStage.core()));

        hand(core, before);
        hand(core, OwnerCommand.Stop.INSTANCE);
        assertTrue(hasStopped);
        hand(core, after);
        hand(core, OwnerCommand.DecideNow.INSTANCE);

        assertEquals(List.of(before, after), passed);
        assertEquals(List.of(), told);
        assertEquals(0, state.number(), "it decides nothing any more");
    }

    @Test
    void shouldAnswerWhatIsUnderWayBeforeItStops(@TempDir Path directory) throws IOException {
        OwnerCore core = core();
        long session = resumedWithDevice(core, directory);
        hand(core, ask(session, new Ask.Mark(RegionSet.of(3))));
        work(core);
        int before = told.size();

        hand(core, OwnerCommand.Stop.INSTANCE);
        OwnerCommand.Ask late = ask(session, new Ask.Mark(RegionSet.of(4)));
        hand(core, late);
        hand(core, OwnerCommand.DecideNow.INSTANCE);
        work(core);
        assertEquals(List.of(late), passed);
        assertEquals(before, told.size(), "the device is not written yet");
        assertEquals(false, hasStopped);

        deviceWork.poll().run();
        work(core);
        assertEquals(new Answer.Done(), lastAnswer());
        assertTrue(hasStopped);
    }

    /** What the device has refused is the log's failure, and its owner's last word. */
    @Test
    void shouldSayThatTheDeviceHasFailedBeforeItStops() {
        FaultyDevices faulty = new FaultyDevices();
        LogDevices failing =
                new LogDevices(faulty, 8, new LogDevices.Means(deviceWork::add, () -> 0, (uuid, line) -> { }));
        failing.open(UUID, HERE, "/dev/log", 64);
        workOnDevices();
        OwnerCore core = core(failing, Decider::decide);
        long session = resumed(core, OwnerStage.disk("/dev/log"));
        faulty.failing(faulty.calls().size() + 1, FaultyDevices.Fault.REFUSED);
        hand(core, ask(session, new Ask.Mark(RegionSet.of(3))));
        work(core);
        hand(core, OwnerCommand.Stop.INSTANCE);

        workOnDevices();
        work(core);

        assertTrue(state.health().isFailed());
        assertTrue(assertInstanceOf(RoundAnswer.class, told.get(told.size() - 1)).health().isFailed());
        assertTrue(hasStopped);
    }

    private void destroy(OwnerCore core, long session) {
        hand(core, ask(session, new Ask.Leave()));
        work(core);
        hand(core, ask(session, new Ask.Forget()));
        work(core);
    }

    @Test
    void shouldEndWhenNoTableUsesTheLog() {
        OwnerCore core = core();
        hand(core, OwnerCommand.RepairDevice.INSTANCE);
        assertEquals(false, hasStopped, "a log that never began has an owner that waits");
        long session = resumed(core, OwnerStage.core());
        hand(core, OwnerCommand.RepairDevice.INSTANCE);
        assertEquals(false, hasStopped, "it is in use");
        destroy(core, session);

        OwnerCommand.Ask waits = ask(0, new Ask.Resume(OwnerStage.core()));
        hand(core, waits);
        hand(core, OwnerCommand.RepairDevice.INSTANCE);
        assertEquals(false, hasStopped, "somebody asks");
        work(core);
        destroy(core, assertInstanceOf(Answer.Joined.class, lastAnswer()).session());
        hand(core, OwnerCommand.RepairDevice.INSTANCE);

        assertTrue(hasStopped);
        assertTrue(placed.contains("ended"), placed.toString());
    }

    @Test
    void shouldEndWhenAnotherOwnerHasGoneOn() {
        OwnerCore core = core();
        resumed(core, OwnerStage.core());

        hand(core, new OwnerCommand.HeadWasRead(state.number(), state.number()));
        assertEquals(false, hasStopped);
        hand(core, new OwnerCommand.HeadWasRead(state.number(), state.number() + 1));
        assertTrue(hasStopped);
    }

    @Test
    void shouldLookAnewWhereItMayBeWhenItsNodeIsDrained() {
        OwnerCore core = core();
        resumed(core, OwnerStage.core());

        whenDraining.run();

        assertEquals(List.of(OwnerCommand.DeviceNews.INSTANCE), List.copyOf(mailbox));
        work(core);
        assertEquals(false, hasStopped);
    }

    /** A defect of the rules holds the round that finds it, and no other. */
    @Test
    void shouldHoldARoundThatCannotBeDecided() {
        OwnerCore core = core(devices, (log, requests, rules, round, device) -> {
            if (round.ask() instanceof Ask.Mark mark && mark.regions().contains(13)) {
                throw new IllegalStateException("a defect");
            }
            return Decider.decide(log, requests, rules, round, device);
        });
        long session = resumed(core, OwnerStage.core());

        hand(core, ask(session, new Ask.Mark(RegionSet.of(13))));
        work(core);

        assertInstanceOf(Answer.Held.class, lastAnswer());
        assertTrue(state.dirty().isEmpty());
        assertEquals(1, backoff.trouble().map(OwnerBackoff.Trouble::count).orElse(0L));
        hand(core, ask(session, new Ask.Mark(RegionSet.of(14))));
        work(core);
        assertEquals(new Answer.Done(), lastAnswer());
    }

    /** Else its RESUME waits for an answer to a question that nobody asks, as long as this owner lives. */
    @Test
    void shouldAskWhoComesWithinReachOnceTheOthersAreAwaitedNoMore() {
        destroy(core(), resumed(core(), sync()));
        OwnerCore next = core();
        withinReach = Map.of("boot-b", "b");
        hand(next, ask(0, new Ask.Resume(sync())));
        work(next);
        assertEquals(1, questions.size());
        withinReach = Map.of();
        timers.remove(OwnerCommand.AskOthers.INSTANCE);
        hand(next, OwnerCommand.AskOthers.INSTANCE);
        int before = told.size();

        withinReach = Map.of("boot-c", "c");
        work(next);

        assertEquals(before, told.size(), "boot-c may have heard of more");
        assertEquals(2, questions.size());
        hand(next, new OwnerCommand.HeardAnswer("boot-c", false));
        work(next);
        assertInstanceOf(Answer.Joined.class, lastAnswer());
    }

    /** No member is awaited for ever, though another one is within reach each time. */
    @Test
    void shouldAskABoundedNumberOfTimes() {
        destroy(core(), resumed(core(), sync()));
        OwnerCore next = core();
        withinReach = Map.of("boot-0", "0");
        hand(next, ask(0, new Ask.Resume(sync())));
        work(next);
        int before = told.size();

        for (int boot = 1; told.size() == before && boot < 100; boot++) {
            withinReach = Map.of();
            timers.remove(OwnerCommand.AskOthers.INSTANCE);
            hand(next, OwnerCommand.AskOthers.INSTANCE);
            withinReach = Map.of("boot-" + boot, "" + boot);
            work(next);
        }

        assertInstanceOf(Answer.Joined.class, lastAnswer());
        assertEquals(13, questions.size());
    }

    private static LogSpec sync() {
        return new LogSpec(65536, LogSpec.LogType.CORE, Optional.empty(), 1024, LogSpec.SyncMode.DEFAULT, false);
    }

    @Test
    void shouldAskAllNodesForTablesOfAnAdoptedLog() {
        state = state.after(new Commit(List.of(new LogEvent.OwnerChanged("owner"),
                new LogEvent.Adopted(1_000, Map.of("boot-b", "node-b")))));
        OwnerCore core = core();
        assertTrue(timers.contains(OwnerCommand.CallTheRoll.INSTANCE), timers.toString());
        timers.remove(OwnerCommand.CallTheRoll.INSTANCE);

        hand(core, OwnerCommand.CallTheRoll.INSTANCE);

        assertEquals(List.of(new RollCall(UUID, state.adoption().orElseThrow().at())), rolls);
        assertTrue(timers.contains(OwnerCommand.CallTheRoll.INSTANCE), "as long as anybody is awaited");
    }

    /** They are the actor's, which has no history to hand in while it has use for them. */
    @Test
    void shouldRefuseWhatIsNotMeantForIt() {
        OwnerCommand of = new OwnerCommand.Refounded(Optional.empty());

        assertThrows(IllegalArgumentException.class, () -> core().handle(state, of));
    }
}
