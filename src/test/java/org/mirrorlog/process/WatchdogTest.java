package org.mirrorlog.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** When signs of life are given; a real daemon gives them in {@code SignalsTest}. */
class WatchdogTest {
    private static final int LIMIT_S = 60;

    private final Logger log = (Logger) LoggerFactory.getLogger(Watchdog.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong nowMs = new AtomicLong(100);
    private final Planted one = new Planted("one");
    private final Planted other = new Planted("other");
    private final Watchdog watchdog = new Watchdog(Duration.ofSeconds(LIMIT_S), List.of(one, other), nowMs::get);

    /** A loop that can be stuck. */
    private static final class Planted implements Watchdog.Loop {
        private final String name;
        private boolean isStuck;

        Planted(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean hasTurned() {
            return !isStuck;
        }

        @Override
        public String place() {
            return "its place";
        }
    }

    @BeforeEach
    void listen() {
        lines.start();
        log.setLevel(Level.INFO);
        log.addAppender(lines);
    }

    @AfterEach
    void end() {
        watchdog.close();
        log.detachAppender(lines);
        log.setLevel(null);
    }

    /** A second passes, and somebody looks. */
    private boolean passes() {
        nowMs.addAndGet(1_000);
        return watchdog.look();
    }

    private int signsIn(int seconds) {
        int signs = 0;
        for (int i = 0; i < seconds; i++) {
            signs += passes() ? 1 : 0;
        }
        return signs;
    }

    @Test
    void shouldGiveASignAtHalfTheTime() {
        assertEquals(0, signsIn(29));
        assertTrue(passes());
        assertEquals(0, signsIn(29));
        assertTrue(passes());
        assertEquals(10, signsIn(300));
        assertEquals(0, lines.list.size());
    }

    @Test
    void shouldGiveNoSignWhileOneLoopIsStuckAndSayWhichOnce() {
        other.isStuck = true;

        assertEquals(0, signsIn(600));
        assertEquals(List.of("other has not turned for 45 s, and if it does not before 60 s the service manager starts"
                + " this daemon anew; please report this. It is at: its place"),
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
    }

    @Test
    void shouldGiveTheSignAsSoonAsTheLastLoopTurnsAgain() {
        one.isStuck = true;
        assertEquals(0, signsIn(50));

        one.isStuck = false;
        assertTrue(passes());
        assertEquals("all loops turn again after 51 s", lines.list.get(1).getFormattedMessage());
        assertEquals(0, signsIn(29));
        assertTrue(passes());
    }

    /** What has turned between two signs has turned, also if it rests on the other side of the sign. */
    @Test
    void shouldCountATurnBeforeTheSignOnce() {
        assertFalse(passes());
        one.isStuck = true;
        assertEquals(1, signsIn(29), "it has turned before");
        assertEquals(0, signsIn(100));
    }
}
