package org.mirrorlog.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mirrorlog.OddNames;
import org.slf4j.LoggerFactory;

/** What the daemon's own logback.xml makes of names and messages that hold control characters. */
class LogLinesTest {
    private static final String BAD = "a\nERROR forged\r\t\u001b[2J\u009b\u007f";
    private final LoggerContext context = new LoggerContext();
    private Logger logger;

    @BeforeEach
    void load() throws Exception {
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LogLinesTest.class.getResource("/logback.xml"));
        logger = context.getLogger("org.mirrorlog.Some");
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    private String written(String message, Throwable thrown, Object... arguments) {
        AsyncAppender lines = (AsyncAppender) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("LINES");
        ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>) lines.getAppender("STDERR");
        PatternLayoutEncoder encoder = (PatternLayoutEncoder) appender.getEncoder();
        return new String(encoder.encode(
                new LoggingEvent("fqcn", logger, Level.WARN, message, thrown, arguments)), StandardCharsets.UTF_8);
    }

    @Test
    void shouldKeepOneIncidentOnOneLine() {
        String line = written("log {}: {}", null, BAD, "ok \\x41 ~");

        assertEquals(1, line.lines().count(), line);
        assertTrue(line.endsWith("log a\\x0aERROR forged\\x0d\\x09\\x1b[2J\\x9b\\x7f: ok \\x41 ~\n"), line);
    }

    @Test
    void shouldWriteEveryNameOnOneLine() {
        OddNames.all().forEach(name -> {
            String line = written("log {}", null, name);
            assertEquals(line.length() - 1, line.chars().filter(c -> c >= ' ' && c != 0x7f).count(), name);
        });
    }

    @Test
    void shouldNotLetAnExceptionForgeALine() {
        Exception failure = new IllegalStateException(BAD, new IllegalArgumentException(BAD));
        failure.addSuppressed(new IllegalStateException(BAD));

        String trace = written("failed", failure);

        assertTrue(trace.contains("java.lang.IllegalStateException: a\\x0aERROR forged"), trace);
        assertTrue(trace.contains("Caused by: java.lang.IllegalArgumentException: a\\x0aERROR forged"), trace);
        assertFalse(trace.lines().anyMatch(line -> line.startsWith("ERROR")), trace);
        assertTrue(trace.contains("\tat org.mirrorlog.logging.LogLinesTest"), trace);
    }

    @Test
    void shouldSetTheLevelOfThisProjectsLoggersOnly() {
        LoggerContext ours = (LoggerContext) LoggerFactory.getILoggerFactory();
        Level before = ours.getLogger("org.mirrorlog").getLevel();
        try {
            Logging.setLevel("DEBUG");

            assertEquals(Level.DEBUG, ours.getLogger("org.mirrorlog.instance.Session").getEffectiveLevel());
            assertEquals(ours.getLogger(Logger.ROOT_LOGGER_NAME).getLevel(),
                    ours.getLogger("org.other").getEffectiveLevel());
        } finally {
            ours.getLogger("org.mirrorlog").setLevel(before);
        }
    }
}
