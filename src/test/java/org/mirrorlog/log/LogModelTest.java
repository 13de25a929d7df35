package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The log's decisions against kernels, legs and faults ({@link ModelCluster}): no false clean, no false sync, no copy
 * beside a write, nobody waiting for ever. {@code -Dseed=N} runs one seed, with {@code -Druns=M} that many from there.
 */
class LogModelTest {
    private static final int QUICK_RUNS = 10;
    private static final int SLOW_RUNS = 150;
    private static final int STEPS = 3_000;
    private static final int CALM_STEPS = 50_000;
    /** Where the seeds begin. */
    private static final long FIRST_SEED = Long.getLong("seed", 1);

    /** What is wrong with a log, to see the checks find it. */
    private enum Bug {
        NONE((state, decision) -> decision),
        MARK_IS_NOT_RECORDED((state, decision) -> without(decision, LogEvent.Marked.class)),
        GRANT_IS_NOT_RECORDED((state, decision) -> without(decision, LogEvent.Granted.class)),
        HINT_IS_NOT_RECORDED((state, decision) -> without(decision, LogEvent.Hinted.class)),
        LOSS_IS_NOT_RECORDED((state, decision) -> without(decision, LogEvent.SyncLost.class)),
        DEATH_TEARS_NOTHING((state, decision) -> decision.events().isEmpty() ? decision
                : new Decision(decision.events().stream().flatMap(event -> buried(state, event)).toList(),
                decision.answer())),
        WAIT_IS_LEFT_OUT((state, decision) -> decision.answer() instanceof Answer.Wait
                ? new Decision(List.of(new LogEvent.OwnerChanged("")), new Answer.Write(true, 0, RegionSet.empty()))
                : decision),
        COPY_DOES_NOT_HOLD_MARKS((state, decision) -> decision.answer() instanceof Answer.Held held
                && held.reason().startsWith("region")
                ? new Decision(List.of(new LogEvent.OwnerChanged("")), new Answer.Done()) : decision),
        SLOT_IS_FOR_EVERYBODY((state, decision) -> decision.answer() instanceof Answer.NoWork
                && state.recovery().isPresent()
                ? new Decision(List.of(new LogEvent.OwnerChanged("")), new Answer.Work(state.recovery().get().region()))
                : decision),
        ALL_IS_SAID_TOO_EARLY((state, decision) -> decision.answer() instanceof Answer.NotAllInSync
                && state.unsynced().size() == 1
                ? new Decision(List.of(new LogEvent.OwnerChanged("")), new Answer.AllInSync()) : decision);

        private final BiFunction<LogState, Decision, Decision> change;

        Bug(BiFunction<LogState, Decision, Decision> change) {
            this.change = change;
        }

        /** A death that only forgets the tables. */
        private static Stream<LogEvent> buried(LogState state, LogEvent event) {
            return event instanceof LogEvent.Died died ? state.members().keySet().stream()
                    .filter(id -> id.incarnation().equals(died.incarnation())).map(LogEvent.Forgotten::new)
                    : Stream.of(event);
        }

        private static Decision without(Decision decision, Class<? extends LogEvent> kind) {
            List<LogEvent> kept = new ArrayList<>(decision.events());
            kept.removeIf(kind::isInstance);
            return kept.isEmpty() && !decision.events().isEmpty()
                    ? new Decision(List.of(new LogEvent.OwnerChanged("")), decision.answer())
                    : new Decision(kept, decision.answer());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNeverCallUnequalLegsEqual(ModelCluster.Start start) {
        runAll(start, QUICK_RUNS);
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource
    void shouldNeverCallUnequalLegsEqualInManyRuns(ModelCluster.Start start) {
        runAll(start, SLOW_RUNS);
    }

    /** The last machine boots with the last step of the troubled times: its table is resumed first, then suspended. */
    @Test
    void shouldSuspendATableThatIsResumedLate() {
        run(93_415_024_467_658L, ModelCluster.Start.CORE, Bug.NONE);
    }

    private static void runAll(ModelCluster.Start start, int runs) {
        int count = Integer.getInteger("runs", System.getProperty("seed") != null ? 1 : runs);
        for (long seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
            try {
                run(seed, start, Bug.NONE);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dseed=" + seed + " " + start + ": " + e.getMessage(), e);
            }
        }
    }

    private static void run(long seed, ModelCluster.Start start, Bug bug) {
        ModelCluster cluster = new ModelCluster(seed, start, bug.change);
        for (int i = 0; i < STEPS; i++) {
            cluster.step();
        }
        cluster.calmDown();
        await(cluster, "every write goes on (L1, L2)", ModelKernel::isSettled);
        for (ModelKernel kernel : cluster.kernels()) {
            kernel.suspend();
        }
        await(cluster, "every table is suspended and destroyed (L4)", ModelKernel::isGone);
        ModelKernel last = cluster.kernels()[0];
        last.startAnew();
        await(cluster, "everything is recovered (R2)", kernel -> kernel != last || kernel.isAtRest());
        cluster.checkAllInOrder();
    }

    private static void await(ModelCluster cluster, String what, Predicate<ModelKernel> isDone) {
        for (int i = 0; i < CALM_STEPS; i++) {
            cluster.step();
            if (List.of(cluster.kernels()).stream().allMatch(isDone)) {
                return;
            }
        }
        cluster.require(false, "never: " + what);
    }

    /** The checks are worth something: each of these logs is found out. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void shouldFindOut(Bug bug) {
        boolean isFound = false;
        for (long seed = 1; seed <= 40 && !isFound; seed++) {
            try {
                run(seed, ModelCluster.Start.values()[(int) (seed % 4)], bug);
            } catch (AssertionError e) {
                isFound = true;
            }
        }
        assertTrue(isFound, bug + " stays unnoticed");
    }

    /** A run is its seed. */
    @Test
    void shouldBeRepeatable() {
        ModelCluster one = new ModelCluster(5, ModelCluster.Start.CORE, Bug.NONE.change);
        ModelCluster two = new ModelCluster(5, ModelCluster.Start.CORE, Bug.NONE.change);
        for (int i = 0; i < STEPS; i++) {
            one.step();
            two.step();
        }
        assertTrue(one.state().equals(two.state()) && one.state().number() > 0, "one seed, two histories");
    }
}
