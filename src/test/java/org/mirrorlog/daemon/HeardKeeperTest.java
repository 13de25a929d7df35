package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.mirrorlog.logging.Incidents;
import org.slf4j.LoggerFactory;

class HeardKeeperTest {
    private String failure = "";
    private int forced;

    private void force() throws IOException {
        forced++;
        if (!failure.isEmpty()) {
            throw new IOException(failure);
        }
    }

    /** The disk hangs: whoever forces does not come back. */
    @Test
    void shouldSayThatItHasHeardNothingFromTheDiskForLong() throws Exception {
        AtomicLong nowMs = new AtomicLong(100);
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch hangs = new CountDownLatch(1);
        HeardKeeper keeper = new HeardKeeper(() -> {
            began.countDown();
            try {
                hangs.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, new Incidents(LoggerFactory.getLogger("test.heard"), () -> 5), nowMs::get);
        Thread thread = new Thread(keeper);
        thread.start();
        began.await();

        assertEquals("", keeper.trouble());
        nowMs.addAndGet(7_000);
        assertEquals("the disk of the data directory has not answered for 7 s", keeper.trouble());

        hangs.countDown();
        thread.join();
        assertEquals("", keeper.trouble());
    }

    @Test
    void shouldSayOnceThatNothingCanBeKeptAndOnceThatItCanBeAgain() {
        Logger log = (Logger) LoggerFactory.getLogger("test.heard");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        log.setAdditive(false);
        lines.start();
        log.addAppender(lines);
        HeardKeeper keeper = new HeardKeeper(this::force, new Incidents(log, () -> 5), () -> 5);

        for (String now : List.of("", "Read-only file system", "Read-only file system", "Input/output error", "", "")) {
            failure = now;
            keeper.run();
        }

        log.detachAppender(lines);
        assertEquals(6, forced, "tried each time");
        assertEquals(List.of("cannot be kept: Read-only file system", "cannot be kept: Input/output error",
                "is kept again"), lines.list.stream().map(line -> line.getFormattedMessage()
                .replaceFirst("log \\(all\\): what this machine has heard of its logs ", "")).toList());
    }
}
