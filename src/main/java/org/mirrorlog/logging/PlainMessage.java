package org.mirrorlog.logging;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * The message of a log line, {@code %plain} in logback.xml: control characters become \xNN. A log's name may hold any
 * byte; it must not end the line, begin another one, or speak to a terminal.
 */
public final class PlainMessage extends MessageConverter {
    private static final int DELETE = 0x7f;
    private static final int LAST_CONTROL = 0x9f;

    @Override
    public String convert(ILoggingEvent event) {
        return plain(super.convert(event));
    }

    /** The text without control characters. */
    static String plain(String text) {
        if (text == null || text.chars().noneMatch(PlainMessage::isControl)) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length() + 16);
        text.chars().forEach(c -> plain.append(isControl(c) ? String.format("\\x%02x", c) : String.valueOf((char) c)));
        return plain.toString();
    }

    private static boolean isControl(int c) {
        return c < ' ' || c >= DELETE && c <= LAST_CONTROL;
    }
}
