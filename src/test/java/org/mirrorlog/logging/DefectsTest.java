package org.mirrorlog.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What threads throw and nobody catches counts, by the kind of thread. */
@Timeout(60)
class DefectsTest {
    private static final String PART = "thread mirrorlog-test-from";

    private Thread.UncaughtExceptionHandler before;

    @BeforeEach
    void watch() {
        before = Thread.getDefaultUncaughtExceptionHandler();
        Defects.watchThreads();
    }

    @AfterEach
    void restore() {
        Thread.setDefaultUncaughtExceptionHandler(before);
    }

    @Test
    void shouldCountWhatThreadsThrow() throws Exception {
        assertFalse(Defects.HERE.counts().containsKey(PART));
        for (String one : new String[] {"10.0.0.7", "fe80::1:7", "3"}) {
            Thread thread = new Thread(() -> {
                throw new StackOverflowError("of " + one);
            }, "mirrorlog-test-from-" + one.replace("fe80", ""));
            thread.start();
            thread.join();
        }

        assertEquals(new Defects.Count(3, "java.lang.StackOverflowError: of 3"), Defects.HERE.counts().get(PART));
    }

    @Test
    void shouldHearOfWhatAThreadGoesOnFrom() throws Exception {
        Thread thread = new Thread(() -> {
            Thread here = Thread.currentThread();
            here.getUncaughtExceptionHandler().uncaughtException(here, new IllegalStateException("one"));
            here.getUncaughtExceptionHandler().uncaughtException(here, new IllegalStateException("two"));
        }, "mirrorlog-going-on");
        thread.start();
        thread.join();

        assertEquals(new Defects.Count(2, "java.lang.IllegalStateException: two"),
                Defects.HERE.counts().get("thread mirrorlog-going-on"));
    }
}
