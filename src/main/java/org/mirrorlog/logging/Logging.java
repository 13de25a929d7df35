package org.mirrorlog.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** Applies {@code mirrorlog.log-level} to the loggers of this project; the libraries keep the levels of logback.xml. */
public final class Logging {
    private static final String OURS = "org.mirrorlog";

    private Logging() {
    }

    /** @param level TRACE, DEBUG, INFO, WARN, ERROR or OFF */
    public static void setLevel(String level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(OURS).setLevel(Level.valueOf(level));
        }
    }
}
