package org.mirrorlog.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a service manager is told, and what is read of its environment; a real one stands in {@code SystemdTest}. */
@Timeout(60)
class ServiceManagerTest {
    private static final int PID = 100;
    private static final int WAIT_MS = 10_000;

    @TempDir
    private Path directory;

    private static ServiceManager with(String... pairs) {
        return ServiceManager.of(Map.of(pairs[0], pairs[1], pairs[2], pairs[3], pairs[4], pairs[5]), PID);
    }

    @Test
    void shouldHandOutEachKeptDescriptorOnceByItsName() {
        ServiceManager manager = with("LISTEN_PID", "100", "LISTEN_FDS", "2", "LISTEN_FDNAMES", "other:kernel");

        assertEquals(OptionalInt.of(4), manager.take("kernel"));
        assertEquals(OptionalInt.empty(), manager.take("kernel"));
        assertEquals(OptionalInt.of(3), manager.take("other"));
    }

    @Test
    void shouldTakeNothingThatIsMeantForAnotherProcess() {
        assertEquals(OptionalInt.empty(), with("LISTEN_PID", "101", "LISTEN_FDS", "1", "LISTEN_FDNAMES", "kernel")
                .take("kernel"));
        assertEquals(OptionalInt.empty(), with("LISTEN_PID", "100", "LISTEN_FDS", "many", "LISTEN_FDNAMES", "kernel")
                .take("kernel"));
    }

    @Test
    void shouldAskForASocketToBeKeptAndSayWhenItServes() throws Exception {
        Path path = directory.resolve("notify");
        ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", path.toString()), PID);
        try (UnixDatagramSocket told = UnixDatagramSocket.bind(path);
                UnixDatagramSocket socket = UnixDatagramSocket.bind(directory.resolve("kernel"))) {
            assertTrue(socket.keep(manager, "kernel"));
            assertEquals("FDSTORE=1\nFDNAME=kernel\nFDPOLL=0", next(told));
            manager.starting(Duration.ofSeconds(60));
            assertEquals("EXTEND_TIMEOUT_USEC=60000000", next(told));
            manager.starting(Duration.ofSeconds(1), "it waits for /a\nREADY=1");
            assertEquals("EXTEND_TIMEOUT_USEC=1000000\nSTATUS=it waits for /a?READY=1", next(told));
            manager.ready();
            assertEquals("READY=1\nSTATUS=\nWATCHDOG=1", next(told), "and nothing is waited for any more");
            manager.alive();
            assertEquals("WATCHDOG=1", next(told));
            manager.drop("kernel");
            assertEquals("FDSTOREREMOVE=1\nFDNAME=kernel", next(told));
        }
        assertTrue(directory.resolve("kernel").toFile().exists(), "the path of a socket that is kept stays");
    }

    private static String next(UnixDatagramSocket told) throws Exception {
        ByteBuffer into = ByteBuffer.allocateDirect(1000);
        told.receive(into, WAIT_MS);
        return StandardCharsets.US_ASCII.decode(into.flip()).toString();
    }

    @Test
    void shouldReadHowLongASignOfLifeIsWaitedFor() {
        assertEquals(Optional.of(Duration.ofSeconds(60)), with("WATCHDOG_PID", "100", "WATCHDOG_USEC", "60000000", "A",
                "").watchdog());
        assertEquals(Optional.of(Duration.ofSeconds(2)), with("WATCHDOG_USEC", "2000000", "A", "", "B", "").watchdog(),
                "whoever finds it may tell");
        assertEquals(Optional.empty(), with("WATCHDOG_PID", "101", "WATCHDOG_USEC", "60000000", "A", "").watchdog());
        assertEquals(Optional.empty(), with("WATCHDOG_PID", "100", "WATCHDOG_USEC", "soon", "A", "").watchdog());
        assertEquals(Optional.empty(), with("WATCHDOG_PID", "100", "WATCHDOG_USEC", "0", "A", "").watchdog());
        assertEquals(Optional.empty(), ServiceManager.none().watchdog());
    }

    @Test
    void shouldKeepNothingWithoutAManager() throws Exception {
        try (UnixDatagramSocket socket = UnixDatagramSocket.bind(directory.resolve("kernel"))) {
            assertFalse(socket.keep(ServiceManager.none(), "kernel"));
        }
        assertFalse(directory.resolve("kernel").toFile().exists());
        ServiceManager.none().ready();
    }

    @Test
    void shouldSayWhichManagerIsGone() {
        Path path = directory.resolve("gone");
        ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", path.toString()), PID);

        PosixException e = assertThrows(PosixException.class, manager::ready);
        assertTrue(e.getMessage().contains(path.toString()) && e.getMessage().contains("ENOENT"), e.getMessage());
    }
}
