package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Rules;
import org.slf4j.LoggerFactory;

/** What an owner, or one round, makes throw again and again: one line with a stack, and whatever can be served is. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MishapTest {
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    private final OwnerStage stage = new OwnerStage("LVM-mishap");
    private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event);
        }
    };

    @BeforeEach
    void listen() {
        appender.setContext(ROOT.getLoggerContext());
        appender.start();
        ROOT.addAppender(appender);
    }

    @AfterEach
    void stop() {
        ROOT.detachAppender(appender);
        stage.close();
    }

    private List<String> traces() {
        return lines.stream().filter(line -> line.getThrowableProxy() != null)
                .map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void shouldServeOnceAnOwnerThrowsNoErrorAnyMore() {
        Deque<Error> left = new ConcurrentLinkedDeque<>(List.of(new AssertionError("injected"),
                new NoClassDefFoundError("injected")));
        stage.hearsay = new Hearsay(() -> {
            Error next = left.poll();
            if (next != null) {
                throw next;
            }
            return Map.of();
        }, Map::of, call -> { }, question -> { }, false);
        stage.beginShardedLog("LVM-errs");

        stage.insistOnResume(OwnerStage.core());

        assertEquals(new Answer.Done(), stage.insist(new Ask.Mark(RegionSet.of(3))).answer());
        assertTrue(left.isEmpty());
        assertEquals(2, traces().size(), traces().toString());
    }

    @Test
    void shouldTellOnceOfAnOwnerThatThrowsAndServeOnceItDoesNot() {
        AtomicInteger left = new AtomicInteger(4);
        stage.hearsay = new Hearsay(() -> {
            if (left.getAndDecrement() > 0) {
                throw new IllegalStateException("injected");
            }
            return Map.of();
        }, Map::of, call -> { }, question -> { }, false);
        stage.beginShardedLog("LVM-throws");

        stage.insistOnResume(OwnerStage.core());

        assertEquals(new Answer.Done(), stage.insist(new Ask.Mark(RegionSet.of(3))).answer());
        assertTrue(left.get() <= 0);
        assertEquals(1, traces().size(), traces().toString());
        assertTrue(traces().get(0).contains("LVM-throws: its owner could not go on"), traces().toString());
    }

    @Test
    void shouldSayWhatIsThrownAgainAndAgainSinceWhenAndHowOften() {
        AtomicLong now = new AtomicLong(5_000);
        OwnerBackoff backoff = new OwnerBackoff(1, now::get);
        org.slf4j.Logger log = LoggerFactory.getLogger(MishapTest.class);

        backoff.fromMishap("LVM-mishap", new IllegalStateException("first"), log);
        now.set(6_000);
        backoff.fromMishap("LVM-mishap", new IllegalStateException("again"), log);

        OwnerBackoff.Trouble trouble = backoff.trouble().orElseThrow();
        assertTrue(trouble.why().contains("its owner could not go on") && trouble.why().endsWith("again"),
                trouble.toString());
        assertEquals(5_000, trouble.sinceMs());
        assertEquals(2, trouble.count());
        now.set(100_000);
        assertTrue(backoff.trouble().isPresent(), "nothing was answered since");
        backoff.answered();
        assertEquals(Optional.empty(), backoff.trouble());
        backoff.fromRound("LVM-mishap", new IllegalStateException("a round"), log);
        backoff.answered();
        assertEquals(1, backoff.trouble().orElseThrow().count(), "that round is tried again");
    }

    @Test
    void shouldHoldTheRoundThatThrowsAndDecideTheOthers() {
        stage.resume(OwnerStage.core());
        LogState state = LogState.unborn();
        for (Commit commit : stage.commits()) {
            state = state.after(commit);
        }
        List<OwnerCommand.Ask> waiting = new ArrayList<>();
        for (Ask ask : List.of(new Ask.NextResync(), new Ask.Mark(RegionSet.of(3)))) {
            waiting.add(new OwnerCommand.Ask(stage.round(OwnerStage.A, stage.session(), ask, 0), true,
                    new ActorRecipient<>(stage.instances())));
        }
        List<Throwable> thrown = new ArrayList<>();

        // Without anything to keep requests in, the question for work throws.
        Batch batch = Batch.of(state.opened(), waiting, new Batch.Grounds(Decider::decide, new Rules(true, false), null,
                new PlacementPolicy(stage.uuid, stage.devices, new InstanceDirectory(OwnerStage.A.incarnation())), Map
                .of(), thrown::add));

        assertTrue(batch.decided().get(0).answer() instanceof Answer.Held held
                && held.reason().contains("cannot decide"), batch.decided().toString());
        assertEquals(new Answer.Done(), batch.decided().get(1).answer());
        assertEquals(1, thrown.size());
    }

    /** Two tables whose rounds throw in turns, and text that names the commit: as many stacks as kinds. */
    @Test
    void shouldNotTellAnewOfWhatDiffersByANumberOrComesInTurns() {
        OwnerBackoff backoff = new OwnerBackoff(1);
        org.slf4j.Logger log = LoggerFactory.getLogger(MishapTest.class);

        for (int i = 0; i < 1_000; i++) {
            backoff.fromRound("LVM-mishap", new IllegalStateException("region " + i + " of commit " + 2 * i), log);
            backoff.fromRound("LVM-mishap", new NullPointerException("mark"), log);
        }

        assertEquals(2, traces().size(), traces().toString());
        assertTrue(lines.size() <= 2 + 4, lines.size() + " lines");
    }

    @Test
    void shouldTellOfTheSameAtEachPowerOfTenAndWaitLongerEachTime() {
        OwnerBackoff backoff = new OwnerBackoff(1);
        org.slf4j.Logger log = LoggerFactory.getLogger(MishapTest.class);

        for (int i = 0; i < 1_000; i++) {
            backoff.fromMishap("LVM-mishap", new IllegalStateException("again"), log);
        }

        assertEquals(1, traces().size());
        assertEquals(4, lines.stream().filter(line -> line.getFormattedMessage().contains("LVM-mishap")).count(),
                "the 1st, 10th, 100th and 1000th");
        assertTrue(backoff.delay().toMillis() > 0 && backoff.delay().toMillis() <= 3_200);
        backoff.answered();
        assertTrue(backoff.delay().isZero());
    }
}
