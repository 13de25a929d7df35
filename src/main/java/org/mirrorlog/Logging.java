package org.mirrorlog;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** Applies {@code mirrorlog.log-level} to the loggers of this project; the libraries keep the levels of logback.xml. */
final class Logging {
    private Logging() {
    }

    static void setLevel(String level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(Logging.class.getPackageName()).setLevel(Level.valueOf(level));
        }
    }
}
