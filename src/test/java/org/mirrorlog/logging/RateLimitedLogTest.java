package org.mirrorlog.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitedLogTest {
    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 5);

    @Test
    void shouldLogTheFirstOfAKindAndThenOneLineAMinute() {
        LoggerContext context = new LoggerContext();
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Logger logger = context.getLogger("test");
        logger.addAppender(lines);
        RateLimitedLog incidents = new RateLimitedLog(logger, nowNs::get);

        for (int i = 1; i <= 1000; i++) {
            int number = i;
            incidents.warn("flood", () -> "number " + number);
        }
        incidents.warn("drought", () -> "the only one");
        nowNs.addAndGet(RateLimitedLog.INTERVAL_NS);
        incidents.warn("flood", () -> "number 1001");

        assertEquals(List.of("flood: number 1", "drought: the only one",
                "flood: number 1001 (1000 times since the last such line)"),
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
    }
}
