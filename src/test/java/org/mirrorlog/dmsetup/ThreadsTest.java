package org.mirrorlog.dmsetup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A machine that has no thread left. */
class ThreadsTest {
    @Test
    void shouldStartAsOneThatNobodyWaitsFor() throws InterruptedException {
        CountDownLatch isDaemon = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            if (Thread.currentThread().isDaemon()) {
                isDaemon.countDown();
            }
        });

        Threads.start(thread);

        thread.join();
        assertEquals(0, isDaemon.getCount());
    }

    /** An OutOfMemoryError would end the daemon, and be there again when it starts. */
    @Test
    void shouldSayWhereNoThreadCanBeHad() {
        Thread none = new Thread() {
            @Override
            public synchronized void start() {
                throw new OutOfMemoryError("unable to create native thread");
            }
        };

        String said = assertThrows(IllegalStateException.class, () -> Threads.start(none)).getMessage();

        assertTrue(said.contains("native thread"), said);
    }
}
