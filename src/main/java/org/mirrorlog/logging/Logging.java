package org.mirrorlog.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Applies {@code mirrorlog.log-level} to the loggers of this project; the libraries keep the levels of logback.xml. */
public final class Logging {
    /** In place of a room: all of them. */
    public static final String ALL = "all";
    /** In place of a level: what it is without an order. */
    public static final String USUAL = "usual";
    private static final String OURS = "org.mirrorlog";
    private static final String LAST_LINES = "last-lines";
    /** Those that a daemon has. */
    public static final Set<String> ROOMS = Set.of("cluster", "daemon", "device", "dmsetup", "door", "fencing",
            "health", "instance", "journal", "kernel", "log", "logging", "management", "membership", "operations",
            "owner", "posix", "process", "protocol", "settings");
    public static final List<String> LEVELS = List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE", USUAL);

    private Logging() {
    }

    /** @param level TRACE, DEBUG, INFO, WARN, ERROR or OFF */
    public static void setLevel(String level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(OURS).setLevel(Level.valueOf(level));
        }
    }

    /**
     * Has one room say more or less than the others.
     *
     * @param room one of {@link #ROOMS}
     * @param level one of {@link #LEVELS}
     */
    public static void setLevel(String room, String level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(OURS + "." + room).setLevel(level.equals(USUAL) ? null : Level.valueOf(level));
        }
    }

    /** From now on the newest lines are kept in memory. */
    public static void keepLastLines() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                && context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(LAST_LINES) == null) {
            LastLines lines = new LastLines();
            lines.setContext(context);
            lines.setName(LAST_LINES);
            lines.start();
            context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(lines);
        }
    }

    /** The newest lines, oldest first; none if none are kept. */
    public static List<String> lastLines() {
        return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                && context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(LAST_LINES) instanceof LastLines lines
                ? lines.newest() : List.of();
    }
}
