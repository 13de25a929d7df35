package org.mirrorlog.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The configuration that ships, where nobody reads standard error. */
@Timeout(60)
class BlockedOutputTest {
    private static final int LINES = 20_000;

    private final PrintStream before = System.err;
    private final CountDownLatch isRead = new CountDownLatch(1);
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @AfterEach
    void putBack() {
        isRead.countDown();
        System.setErr(before);
    }

    private final class Pipe extends OutputStream {
        @Override
        public void write(int one) {
            // As a write to a full pipe, whatever interrupts.
            boolean isInterrupted = false;
            while (isRead.getCount() > 0) {
                try {
                    isRead.await();
                } catch (InterruptedException e) {
                    isInterrupted = true;
                }
            }
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
            written.write(one);
        }
    }

    /** A thread that waits to say something holds the lock of all who have something to say: no kernel is answered. */
    @Test
    void s24ShouldNotWaitForWhoeverReadsItsLines() throws Exception {
        System.setErr(new PrintStream(new Pipe(), true, StandardCharsets.UTF_8));
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(getClass().getClassLoader().getResource("logback.xml"));
        Logger log = context.getLogger("test");

        for (int i = 0; i < LINES; i++) {
            log.warn("line {}", i);
        }
        isRead.countDown();
        context.stop();

        List<String> lines = written.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains(": line "))
                .toList();
        assertTrue(lines.size() >= 1000 && lines.size() < LINES, lines.size() + " lines");
        assertEquals("line 0", lines.get(0).replaceAll(".*: ", ""), "what there was room for is not lost");
    }
}
