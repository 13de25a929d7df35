package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What an operator hears of a journal that takes no commits. */
class CommitHealthTest {
    private final AtomicLong nowNs = new AtomicLong(5_000_000_000L);
    private final CoreFixture.Lines lines = new CoreFixture.Lines();
    private final CommitHealth health = new CommitHealth(new CommitHealth.Names("journal in /j", "waits"),
            new CommitHealth.Bounds(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(1)), lines,
            nowNs::get);

    private void passMs(long ms) {
        nowNs.addAndGet(ms * 1_000_000);
    }

    @Test
    void shouldTellOnceWhyAndOnceThatItIsOver() {
        for (int i = 0; i < 100; i++) {
            health.failed("the disk is full");
            passMs(100);
        }

        assertEquals(Optional.of("no log can commit for 10 s, 100 attempts: journal in /j: the disk is full"),
                health.problem());
        health.succeeded();
        health.succeeded();
        assertEquals(Optional.empty(), health.problem());
        assertEquals(List.of(
                "ERROR no log can commit: journal in /j: the disk is full; requests wait, and it is tried again",
                "INFO logs can commit again: journal in /j could not be used for 10000 ms, 100 attempts"), lines.all);
    }

    @Test
    void shouldRemindOfItEachMinuteWithTheReasonOfNow() {
        health.failed("first");
        passMs(61_000);
        health.failed("journal in /j: second");
        health.failed("third");

        assertEquals(2, lines.all.size(), lines.all::toString);
        assertEquals("ERROR no log can commit for 61 s, 2 attempts: journal in /j: second; requests wait, and it is"
                + " tried again", lines.all.get(1));
    }

    @Test
    void shouldTolerateABlipButTellOfIt() {
        health.failed("the connection was lost");

        assertEquals(Optional.empty(), health.problem());
        assertEquals(1, lines.count("no log can commit"));
        passMs(1_000);
        assertTrue(health.problem().isPresent());
    }

    @Test
    void shouldWaitLongerEachTime() {
        assertEquals(List.of(100L, 200L, 400L, 800L, 1000L, 1000L), java.util.stream.Stream.generate(
                () -> health.takeDelayNs() / 1_000_000).limit(6).toList());
        health.succeeded();
        assertEquals(100_000_000L, health.takeDelayNs());
    }

    @Test
    void shouldTellOfACommitThatHangsAndOfItsEnd() {
        health.began();
        passMs(2_001);
        health.look();
        health.look();

        assertEquals(Optional.of("no log can commit: journal in /j waits since 2001 ms"), health.problem());
        health.ended();
        health.look();
        assertEquals(Optional.empty(), health.problem());
        assertEquals(List.of("ERROR no log can commit: journal in /j waits since 2001 ms",
                "INFO logs can commit again: journal in /j answers"), lines.all);
    }

    /** The next attempt waits for a server that does not answer, as the one before it did. */
    @Test
    void shouldNotTellOfEachAttemptThatHangs() {
        for (int attempt = 0; attempt < 5; attempt++) {
            health.began();
            passMs(2_001);
            health.look();
            health.failed("connect timed out");
            health.ended();
            passMs(600);
            health.look();
        }

        assertEquals(List.of("ERROR no log can commit: journal in /j waits since 2001 ms",
                "ERROR no log can commit: journal in /j: connect timed out; requests wait, and it is tried again"),
                lines.all);
    }

    @Test
    void shouldTellOfASingleLogOnlyWhileTheOthersCommit() {
        health.failedAlone("append to a failed");
        health.failedAlone("append to b failed");
        passMs(60_000);
        health.failedAlone("append to c failed");
        health.failed("the disk is full");
        passMs(60_000);
        health.failedAlone("append to d failed");

        assertEquals(List.of("ERROR append to a failed",
                "ERROR append to c failed (2 such failures since the last such line)"), lines.all.subList(0, 2));
        assertEquals(3, lines.all.size());
        assertTrue(health.isFailing());
        health.succeeded();
        assertFalse(health.isFailing());
    }
}
