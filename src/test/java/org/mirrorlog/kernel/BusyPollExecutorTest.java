package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BusyPollExecutorTest {
    private static final int TASKS = 10_000;

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 50 us", "2, 1 ms"})
    void shouldRunEverythingOnSoManyThreads(int count, String lookout) throws InterruptedException {
        Config config = ConfigFactory.parseString("threads = " + count + ", lookout = " + lookout);
        ExecutorService threads = new BusyPollExecutor(config, null)
                .createExecutorServiceFactory("hot", Thread::new).createExecutorService();
        CountDownLatch left = new CountDownLatch(TASKS);
        Set<Thread> used = ConcurrentHashMap.newKeySet();

        for (int i = 0; i < TASKS; i++) {
            threads.execute(() -> {
                used.add(Thread.currentThread());
                left.countDown();
            });
            if (i % 1000 == 0) {
                // Now and then the queue runs empty, so that threads also look for work and sleep.
                awaitEmpty(left, TASKS - i - 1);
            }
        }

        assertTrue(left.await(30, TimeUnit.SECONDS), "every task ran");
        assertEquals(count, used.size());
        threads.shutdown();
        assertTrue(threads.awaitTermination(30, TimeUnit.SECONDS), "the threads end when they are told");
    }

    private static void awaitEmpty(CountDownLatch left, long expected) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (left.getCount() > expected && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        assertTrue(left.getCount() <= expected, "the queue ran empty");
    }
}
