package org.mirrorlog.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class IncidentsTest {
    private final Logger log = (Logger) LoggerFactory.getLogger("test.incidents");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong nowMs = new AtomicLong(5);
    private final Incidents incidents = new Incidents(log, nowMs::get);

    @BeforeEach
    void listen() {
        log.setAdditive(false);
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        log.detachAppender(lines);
    }

    @Test
    void shouldNameTheTableInEachLine() {
        incidents.warn("LVM-a/7", "held: because");

        assertEquals(List.of("log LVM-a/7: held: because"), messages());
    }

    @Test
    void shouldCountWhatIsTooMuchAndSayHowMuchItWas() {
        for (int i = 0; i < Incidents.MOST_PER_WINDOW + 7; i++) {
            incidents.warn("LVM-" + i, "number " + i);
        }
        assertEquals(Incidents.MOST_PER_WINDOW, lines.list.size());

        nowMs.addAndGet(Incidents.WINDOW_MS);
        incidents.warn("LVM-a/7", "later");

        assertEquals(List.of("7 more incidents were not written, to spare the log", "log LVM-a/7: later"),
                messages().subList(Incidents.MOST_PER_WINDOW, lines.list.size()));
    }

    @Test
    void shouldTellOfOthersWhileOneHasFarTooMuchToTell() {
        for (int i = 0; i < 10 * Incidents.MOST_PER_WINDOW; i++) {
            incidents.warn("LVM-noisy/7", "number " + i);
        }

        incidents.warn("LVM-b/7", "held: because");

        assertEquals("log LVM-b/7: held: because", messages().get(lines.list.size() - 1));
        assertEquals(Incidents.MOST_OF_ONE + 1, lines.list.size());
    }

    @Test
    void shouldTellWhatMustNotBeMissedWhateverElseIsTold() {
        for (int i = 0; i < 2 * Incidents.MOST_PER_WINDOW; i++) {
            incidents.warn("LVM-" + i, "number " + i);
        }

        incidents.warnAlways("LVM-b", "its log device is not closed");

        assertEquals("log LVM-b: its log device is not closed", messages().get(lines.list.size() - 1));
    }

    private List<String> messages() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
