package org.mirrorlog.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Log lines by a pattern; where standard error is systemd's journal each line, also of a stack trace, begins with its
 * syslog priority ({@code <3>} for ERROR), which the journal takes off and keeps: {@code journalctl -p warning}.
 */
public final class PriorityEncoder extends PatternLayoutEncoder {
    private static final Path STDERR = Path.of("/proc/self/fd/2");
    private static final int ERROR = 3;
    private static final int WARNING = 4;
    private static final int INFO = 6;
    private static final int DEBUG = 7;

    private final boolean isJournal = isJournal(System.getenv("JOURNAL_STREAM"), STDERR);

    @Override
    public byte[] encode(ILoggingEvent event) {
        byte[] lines = super.encode(event);
        return isJournal
                ? withPriority(event.getLevel(), new String(lines, StandardCharsets.UTF_8))
                        .getBytes(StandardCharsets.UTF_8)
                : lines;
    }

    /**
     * Whether an output goes to the journal: systemd says to which it goes ("device:inode"), and somebody may have sent
     * it elsewhere since.
     */
    static boolean isJournal(String stream, Path output) {
        try {
            Map<String, Object> file = Files.readAttributes(output, "unix:dev,ino");
            return (file.get("dev") + ":" + file.get("ino")).equals(stream);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /** The text with the priority of the level before each of its lines. */
    static String withPriority(Level level, String lines) {
        return lines.replaceAll("(?m)^", "<" + priority(level) + ">");
    }

    private static int priority(Level level) {
        if (level.isGreaterOrEqual(Level.ERROR)) {
            return ERROR;
        }
        if (level.isGreaterOrEqual(Level.WARN)) {
            return WARNING;
        }
        return level.isGreaterOrEqual(Level.INFO) ? INFO : DEBUG;
    }
}
