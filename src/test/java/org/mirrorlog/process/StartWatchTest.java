package org.mirrorlog.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mirrorlog.posix.ServiceManager;
import org.slf4j.LoggerFactory;

/** What is said of a start that waits for a disk; a real one that hangs stands in {@code MainTest}. */
class StartWatchTest {
    private static final String PLACE = "mirrorlog.data-dir /srv/d";
    private static final String WAITS = "the start waits for " + PLACE + ", which has not answered for %d s";
    private static final String LINE = WAITS + ": its disk hangs, or is very slow; nothing is served before it answers";

    private final Logger log = (Logger) LoggerFactory.getLogger(StartWatch.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong nowMs = new AtomicLong(100);
    private final StartWatch watch = new StartWatch(nowMs::get, ServiceManager.none());

    @BeforeEach
    void listen() {
        lines.start();
        log.addAppender(lines);
        log.setLevel(Level.INFO);
    }

    @AfterEach
    void end() {
        watch.close();
        log.detachAppender(lines);
        log.setLevel(null);
    }

    private List<String> said() {
        List<String> said = lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        lines.list.clear();
        return said;
    }

    private void pass(long seconds) {
        nowMs.addAndGet(seconds * 1_000);
        watch.look();
    }

    @Test
    void shouldSayOnceAndThenMoreAndMoreRarelyWhatIsWaitedFor() {
        watch.at(PLACE);
        pass(2);
        assertEquals(List.of(), said());
        assertEquals(Optional.empty(), watch.problem());

        pass(2);
        assertEquals(List.of(LINE.formatted(4)), said());
        assertEquals(Optional.of(WAITS.formatted(4)), watch.problem());
        pass(3);
        assertEquals(List.of(), said());
        pass(1);
        assertEquals(List.of(LINE.formatted(8)), said());

        watch.free();
        assertEquals(List.of(PLACE + " has answered after 8 s"), said());
        pass(100);
        assertEquals(List.of(), said());
        assertEquals(Optional.empty(), watch.problem());
    }

    @Test
    void shouldHaveAMemberLeaveOnceWhereAPlaceHangs() {
        int[] left = {0};
        watch.at(PLACE);
        pass(100);
        assertEquals(0, left[0], "nobody waits for a node that is no member");
        watch.joined(() -> left[0]++);
        watch.at("records");
        pass(59);
        assertEquals(0, left[0]);
        said();

        pass(1);
        pass(100);

        assertEquals(1, left[0]);
        assertTrue(said().contains("the start waits for records, which has not answered for 60 s: this node leaves the"
                + " cluster, whose other nodes may wait for it, and ends once its disk answers"));
    }

    @Test
    void shouldSayNothingOfManyPlacesThatAnswerSoon() {
        for (int i = 0; i < 10; i++) {
            watch.at("place " + i);
            pass(2);
        }

        assertEquals(List.of(), said());
    }
}
