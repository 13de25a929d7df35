package org.mirrorlog.process;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.Commands;
import org.mirrorlog.HungDirectory;

/** Which thread counts as one that turns: real threads in real calls. */
@Timeout(60)
class ThreadLoopTest {
    private static final String NAME = "thread-of-a-loop";

    @TempDir
    private Path dir;
    private final AtomicLong turns = new AtomicLong();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final ThreadLoop loop = new ThreadLoop("a loop", NAME::equals, turns::get);
    private Thread thread;

    /** What a thread does. */
    private interface Work {
        void run() throws Exception;
    }

    private void does(Work work) {
        thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception e) {
                // It was interrupted, or what it waited for is closed: the test is over.
                isOver.set(true);
            }
        }, NAME);
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void end() throws InterruptedException {
        isOver.set(true);
        if (thread != null) {
            thread.interrupt();
            thread.join();
        }
    }

    private void awaitPlace(String method) {
        await().atMost(30, TimeUnit.SECONDS).until(() -> loop.place().contains(method));
    }

    @Test
    void shouldHaveTurnedIfItsNumberIsAnotherOneOrOdd() {
        assertFalse(loop.hasTurned());
        turns.addAndGet(2);
        assertTrue(loop.hasTurned());
        assertFalse(loop.hasTurned(), "not since");
        turns.incrementAndGet();
        assertTrue(loop.hasTurned());
        assertTrue(loop.hasTurned(), "it rests");
        assertTrue(loop.place().contains("its thread has ended"), loop.place());
    }

    @Test
    void shouldHaveTurnedWhileItWaitsForADiskThatHangs() throws Exception {
        try (HungDirectory hung = HungDirectory.at(dir.resolve("disk"))) {
            does(() -> Files.readAllBytes(dir.resolve("disk/file")));
            awaitPlace("UnixNativeDispatcher.open");
            await().atMost(30, TimeUnit.SECONDS).until(loop::hasTurned);
            assertTrue(loop.hasTurned(), loop::place);
            hung.fail();
        }
        thread.join();
        assertFalse(loop.hasTurned(), "it has ended");
    }

    @Test
    void shouldHaveTurnedWhileItWaitsForAFileThatNobodyWrites() throws Exception {
        Path fifo = dir.resolve("fifo");
        Commands.run(List.of("mkfifo", fifo.toString()));
        does(() -> Files.readAllBytes(fifo));
        await().atMost(30, TimeUnit.SECONDS).until(loop::hasTurned);
        Files.writeString(fifo, "x");
    }

    @Test
    void shouldHaveTurnedWhileItWaitsForADatabaseThatDoesNotAnswer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = new Socket(server.getInetAddress(), server.getLocalPort());
                InputStream answers = socket.getInputStream()) {
            does(answers::read);
            await().atMost(30, TimeUnit.SECONDS).until(loop::hasTurned);
            assertTrue(loop.hasTurned(), loop::place);
        }
    }

    @Test
    void shouldNotHaveTurnedWhileItSpins() {
        does(() -> {
            while (!isOver.get()) {
                Thread.onSpinWait();
            }
        });
        awaitPlace("shouldNotHaveTurnedWhileItSpins");
        assertFalse(loop.hasTurned(), loop::place);
    }

    /** Such as the connections of a journal. */
    @Test
    void shouldNotHaveTurnedBecauseAThreadOfALikeNameIsInACall() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread other = new Thread(() -> {
                try {
                    server.accept();
                } catch (IOException e) {
                    isOver.set(true);
                }
            }, NAME + "-accept");
            other.setDaemon(true);
            other.start();
            await().atMost(30, TimeUnit.SECONDS).until(() -> Thread.getAllStackTraces().get(other).length > 0
                    && Thread.getAllStackTraces().get(other)[0].isNativeMethod());
            CountDownLatch never = new CountDownLatch(1);
            does(never::await);
            awaitPlace("CountDownLatch.await");

            assertFalse(loop.hasTurned(), loop::place);
        }
    }

    @Test
    void shouldNotHaveTurnedWhileItWaitsForAnotherThread() {
        CountDownLatch never = new CountDownLatch(1);
        does(never::await);
        awaitPlace("CountDownLatch.await");
        assertFalse(loop.hasTurned(), loop::place);
    }

    @Test
    void shouldNotHaveTurnedWhileItWaitsForALock() throws IOException {
        Object lock = new Object();
        synchronized (lock) {
            does(() -> {
                synchronized (lock) {
                    turns.get();
                }
            });
            awaitPlace("BLOCKED");
            assertFalse(loop.hasTurned(), loop::place);
        }
    }
}
