package org.mirrorlog.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stop ends, whatever hangs. */
@Timeout(60)
class PartsTest {
    private final List<String> closed = new CopyOnWriteArrayList<>();
    private final Parts parts = new Parts();

    @Test
    void shouldCloseInTheReverseOrderWhateverFails() {
        parts.push(() -> closed.add("first"));
        parts.push(() -> {
            throw new IOException("is broken");
        });
        parts.push(() -> closed.add("last"));

        assertEquals(Optional.empty(), parts.close(Duration.ofSeconds(30)));
        assertEquals(Optional.empty(), parts.close(Duration.ofSeconds(30)), "twice");

        assertEquals(List.of("last", "first"), closed);
    }

    /** Hangs until it is told otherwise. */
    private static final class Hanging implements AutoCloseable {
        private final Semaphore end = new Semaphore(0);

        @Override
        public void close() {
            end.acquireUninterruptibly();
        }
    }

    @Test
    void shouldNotWaitForWhatHangs() {
        Hanging hanging = new Hanging();
        parts.push(() -> closed.add("below"));
        parts.push(hanging);

        assertEquals(Optional.of("Hanging"), parts.close(Duration.ofMillis(50)));

        assertEquals(List.of(), closed, "what the hanging one may use stays");
        hanging.end.release();
    }
}
