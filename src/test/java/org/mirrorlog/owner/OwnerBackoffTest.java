package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.LogState;
import org.slf4j.LoggerFactory;

/** How long owners keep away from each other (D3). */
class OwnerBackoffTest {
    private static final Logger LOG = (Logger) LoggerFactory.getLogger(OwnerBackoffTest.class);

    private final OwnerBackoff backoff = new OwnerBackoff(1);

    @Test
    void shouldNotWaitUnlessTheLastAppendWasInVain() {
        assertEquals(Duration.ZERO, backoff.delay());
        backoff.begun();
        assertTrue(backoff.delay().toMillis() > 0);
        backoff.accepted();
        assertEquals(Duration.ZERO, backoff.delay());
    }

    /** To adopt a log costs a full resync: nothing but its history may advise that, no journal that takes no commit. */
    @Test
    void shouldAdviseToAdoptOnlyWhereOneOwnerAfterTheOtherHadTooShortAHistory() {
        for (int refused = 1; refused <= 100; refused++) {
            backoff.begun();
        }
        List<String> said = linesOf(() -> backoff.fromShortHistory("log", LogState.unborn(), "an instance", LOG));
        assertTrue(said.get(0).startsWith("WARN"), said.toString());

        List<String> more = linesOf(() -> {
            for (int owners = 2; owners <= 60; owners++) {
                backoff.fromShortHistory("log", LogState.unborn(), "an instance", LOG);
            }
        });
        assertEquals(4, more.size(), "at 7, 14, 28 and 56 owners: " + more);
        assertTrue(more.stream().allMatch(line -> line.startsWith("ERROR") && line.contains("mirrorlogctl adopt")),
                more.toString());
        backoff.accepted();
        assertTrue(linesOf(() -> backoff.fromShortHistory("log", LogState.unborn(), "an instance", LOG)).get(0)
                .startsWith("WARN"));
    }

    /** Akka hands on what the journal said, and once more in words of its own. */
    @Test
    void shouldSayOnceWhyALogCannotBeReplayedHoweverOftenItIsTried() {
        Exception said = new java.io.IOException("events 1 to 40 are deleted");
        Exception wrapped = new IllegalStateException("Exception during recovery, due to: " + said.getMessage(), said);

        List<String> lines = linesOf(() -> {
            for (int owners = 0; owners < 10; owners++) {
                backoff.fromReplay("log", new FailedReplay(LogState.unborn(), said), LOG);
                backoff.fromReplay("log", new FailedReplay(LogState.unborn(), wrapped), LOG);
            }
        });

        assertEquals(List.of("ERROR log log: it cannot be replayed (events 1 to 40 are deleted): its requests wait,"
                + " and it is tried again"), lines);
    }

    @Test
    void shouldWaitLongerAfterEachReplayThatFailsAndNotAtAllOnceOneHasNot() {
        long longestMs = 0;
        for (int failed = 1; failed <= 100; failed++) {
            backoff.fromReplay("log", new FailedReplay(LogState.unborn(), new java.io.IOException("away")), LOG);
            long ms = backoff.delay().toMillis();
            assertTrue(ms >= 1 && ms <= 50L << Math.min(failed - 1, 4), ms + " ms after " + failed);
            assertFalse(backoff.isOver());
            longestMs = Math.max(longestMs, ms);
        }
        assertTrue(longestMs > 400 && longestMs <= 800, "longest " + longestMs);

        backoff.replayed();

        assertEquals(Duration.ZERO, backoff.delay());
        assertTrue(backoff.isOver());
    }

    private static List<String> linesOf(Runnable code) {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        LOG.addAppender(lines);
        try {
            code.run();
        } finally {
            LOG.detachAppender(lines);
        }
        return lines.list.stream().map(line -> line.getLevel() + " " + line.getFormattedMessage()).toList();
    }

    @Test
    void shouldWaitRandomTimesFromARangeThatGrowsAndIsBounded() {
        long longestMs = 0;
        for (int refused = 1; refused <= 100; refused++) {
            backoff.begun();
            long ms = backoff.delay().toMillis();
            assertTrue(ms >= 1 && ms <= 50L << Math.min(refused - 1, 6), ms + " ms after " + refused);
            longestMs = Math.max(longestMs, ms);
        }
        assertTrue(longestMs > 1_600 && longestMs <= 3_200, "longest " + longestMs);
    }
}
