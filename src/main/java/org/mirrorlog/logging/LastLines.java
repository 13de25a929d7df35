package org.mirrorlog.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The newest log lines, in memory: so many, and of each so much. Thread-safe; never waits for a disk. */
final class LastLines extends AppenderBase<ILoggingEvent> {
    private static final int MOST_LINES = 1_000;
    private static final int MOST_CHARACTERS = 1_000;

    private final Deque<String> lines = new ArrayDeque<>();

    @Override
    protected void append(ILoggingEvent event) {
        String name = event.getLoggerName();
        String message = String.valueOf(PlainMessage.plain(event.getFormattedMessage()));
        String thrown = event.getThrowableProxy() == null ? "" : " (" + event.getThrowableProxy().getClassName() + ")";
        String line = Instant.ofEpochMilli(event.getTimeStamp()) + " " + event.getLevel() + " "
                + name.substring(name.lastIndexOf('.') + 1) + " "
                + message.substring(0, Math.min(message.length(), MOST_CHARACTERS)) + thrown;
        synchronized (lines) {
            if (lines.size() == MOST_LINES) {
                lines.removeFirst();
            }
            lines.addLast(line);
        }
    }

    List<String> newest() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }
}
