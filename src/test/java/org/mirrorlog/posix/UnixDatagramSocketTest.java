package org.mirrorlog.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UnixDatagramSocketTest {
    private static final int NOBODY = 65534;
    private static final int WAIT_MS = 10_000;

    @TempDir
    Path dir;

    @Test
    void shouldCarryBytesBothWaysAndNameTheSender() throws Exception {
        try (UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"));
                UnixDatagramSocket client = UnixDatagramSocket.bind(dir.resolve("client"))) {
            client.connect(UnixAddress.of(dir.resolve("server")));

            client.send(bytes(1, 2, 3), WAIT_MS);
            ByteBuffer into = ByteBuffer.allocateDirect(100);
            assertEquals(3, server.receive(into, WAIT_MS));
            UnixAddress sender = server.sender();
            assertEquals(0, server.trySend(bytes(4, 5), sender));
            ByteBuffer answer = ByteBuffer.allocateDirect(100);
            assertEquals(2, client.receive(answer, WAIT_MS));

            assertArrayEquals(new byte[] {1, 2, 3}, content(into));
            assertArrayEquals(new byte[] {4, 5}, content(answer));
            assertEquals(UnixAddress.of(dir.resolve("client")), sender);
            assertEquals(Credentials.ofThisProcess(), server.senderCredentials().orElseThrow());
            assertEquals(Credentials.ofThisProcess().uid(), server.senderUid());
        }
    }

    @Test
    void shouldReturnTheSameAddressObjectForTheSameSender() throws Exception {
        try (UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"));
                UnixDatagramSocket one = UnixDatagramSocket.bind(dir.resolve("one"));
                UnixDatagramSocket two =
                        UnixDatagramSocket.bind(UnixAddress.ofAbstract("mirrorlog-test-" + dir.hashCode()))) {
            UnixAddress server0 = UnixAddress.of(dir.resolve("server"));
            UnixAddress first = sent(one, server0, server);
            UnixAddress second = sent(two, server0, server);
            UnixAddress third = sent(one, server0, server);

            assertSame(first, third);
            assertEquals("@mirrorlog-test-" + dir.hashCode(), second.toString());
        }
    }

    @Test
    void shouldKnowMoreSendersThanItRemembers() throws Exception {
        try (UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"))) {
            for (int i = 0; i < 3 * SenderCache.CAPACITY; i++) {
                UnixAddress own = UnixAddress.ofAbstract("mirrorlog-test-" + dir.hashCode() + "-" + i);
                try (UnixDatagramSocket client = UnixDatagramSocket.bind(own)) {
                    assertEquals(own, sent(client, UnixAddress.of(dir.resolve("server")), server));
                }
            }
        }
    }

    @Test
    void shouldRecogniseAnUnnamedSender() throws Exception {
        try (UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"));
                UnixDatagramSocket client = UnixDatagramSocket.bind(UnixAddress.UNNAMED)) {
            // SO_PASSCRED on the sending side makes the kernel invent a name; off, it stays without one.
            client.stopAskingForCredentials();

            assertTrue(sent(client, UnixAddress.of(dir.resolve("server")), server).isUnnamed());
        }
    }

    @Test
    void shouldTellTheUidOfAForeignSender() throws Exception {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root to become nobody");
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));
        try (UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"))) {
            Files.setPosixFilePermissions(dir.resolve("server"), PosixFilePermissions.fromString("rw-rw-rw-"));
            Process nobody = new ProcessBuilder("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups",
                    "perl", "-MSocket", "-e",
                    "socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0])) or die $!;"
                    + " send(S, 'hello', 0, sockaddr_un($ARGV[1])) or die $!",
                    dir.resolve("nobody").toString(), dir.resolve("server").toString()).inheritIO().start();
            ByteBuffer into = ByteBuffer.allocateDirect(100);

            assertEquals(5, server.receive(into, WAIT_MS));

            assertEquals(NOBODY, server.senderUid());
            assertEquals(nobody.pid(), server.senderCredentials().orElseThrow().pid());
            assertEquals(0, nobody.waitFor());
        }
    }

    @Test
    void shouldMakeTheSocketFilePrivateAndRemoveItAtTheEnd() throws Exception {
        Path path = dir.resolve("server");

        UnixDatagramSocket server = UnixDatagramSocket.bind(path);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        server.close();

        assertFalse(Files.exists(path));
    }

    @Test
    void shouldBindOverASocketFileOfADeadProcess() throws Exception {
        Path path = dir.resolve("server");
        SocketHandle dead = SocketHandle.open(Linux.AF_UNIX, Linux.SOCK_DGRAM, 0, "dead");
        UnixAddress address = UnixAddress.of(path);
        Linux.check(Linux.LIBC.bind(dead.fd(), address.sockaddrAddress(), address.sockaddrLength()), "bind", "dead");
        dead.close();
        assertTrue(Files.exists(path), "a stale socket file");

        try (UnixDatagramSocket server = UnixDatagramSocket.bindOverStale(path);
                UnixDatagramSocket client = UnixDatagramSocket.bind(dir.resolve("client"))) {
            assertEquals(UnixAddress.of(dir.resolve("client")), sent(client, address, server));
        }
    }

    @Test
    void shouldNotBindOverALivingSocketOrAnotherFile() throws Exception {
        Path living = dir.resolve("living");
        Path file = Files.writeString(dir.resolve("file"), "precious");
        UnixDatagramSocket server = UnixDatagramSocket.bind(living);

        assertErrno(Linux.EADDRINUSE, () -> UnixDatagramSocket.bindOverStale(living));
        assertErrno(Linux.EADDRINUSE, () -> UnixDatagramSocket.bindOverStale(file));

        assertTrue(UnixDatagramSocket.isListening(UnixAddress.of(living)));
        assertEquals("precious", Files.readString(file));
        server.close();
    }

    @Test
    void shouldTimeOutWhenNothingComes() throws Exception {
        try (UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"))) {
            assertEquals(UnixDatagramSocket.TIMED_OUT, server.receive(ByteBuffer.allocateDirect(10), 1));
        }
    }

    @Test
    void shouldWakeABlockedReceiverByClose() throws Exception {
        UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"));
        CompletableFuture<Thread> reader = new CompletableFuture<>();
        CompletableFuture<Integer> result = CompletableFuture.supplyAsync(() -> {
            reader.complete(Thread.currentThread());
            try {
                return server.receive(ByteBuffer.allocateDirect(10), -1);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        reader.get(WAIT_MS, TimeUnit.MILLISECONDS);

        server.close();

        ExecutionException failure = assertThrows(ExecutionException.class,
                () -> result.get(WAIT_MS, TimeUnit.MILLISECONDS));
        assertInstanceOf(ClosedChannelException.class, failure.getCause().getCause());
        assertThrows(ClosedChannelException.class, () -> server.receive(ByteBuffer.allocateDirect(10), 0));
        assertThrows(ClosedChannelException.class, () -> server.trySend(bytes(1), UnixAddress.of(dir.resolve("x"))));
        server.close();
    }

    @Test
    void shouldNeverUseADescriptorThatIsClosed() throws Exception {
        for (int round = 0; round < 300; round++) {
            UnixDatagramSocket socket = UnixDatagramSocket.bind(UnixAddress.UNNAMED);
            UnixAddress nobody = UnixAddress.of(dir.resolve("nobody"));
            List<CompletableFuture<Set<Integer>>> senders = List.of(
                    CompletableFuture.supplyAsync(() -> refusalsUntilClosed(socket, nobody)),
                    CompletableFuture.supplyAsync(() -> refusalsUntilClosed(socket, nobody)));

            socket.close();

            for (CompletableFuture<Set<Integer>> sender : senders) {
                Set<Integer> refusals = sender.get(WAIT_MS, TimeUnit.MILLISECONDS);
                assertTrue(Set.of(Linux.ENOENT).containsAll(refusals),
                        "nothing but ENOENT, no EBADF above all: " + refusals);
            }
        }
    }

    private static Set<Integer> refusalsUntilClosed(UnixDatagramSocket socket, UnixAddress to) {
        Set<Integer> refusals = new HashSet<>();
        ByteBuffer datagram = bytes(1);
        try {
            while (true) {
                refusals.add(socket.trySend(datagram, to));
            }
        } catch (ClosedChannelException e) {
            return refusals;
        }
    }

    @Test
    void shouldReportAFullQueueAndAGoneReceiver() throws Exception {
        UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"));
        try (UnixDatagramSocket client = UnixDatagramSocket.bind(dir.resolve("client"))) {
            UnixAddress address = UnixAddress.of(dir.resolve("server"));
            client.connect(address);
            int errno = 0;
            for (int i = 0; i < 1_000_000 && errno == 0; i++) {
                errno = client.trySend(bytes(1), address);
            }
            assertEquals(Linux.EAGAIN, errno);
            assertErrno(Linux.EAGAIN, () -> client.send(bytes(1), 1));

            server.close();

            assertErrno(Linux.ECONNREFUSED, () -> client.send(bytes(1), 1));
            assertEquals(Linux.ENOENT, client.trySend(bytes(1), address));
            assertErrno(Linux.ENOENT, () -> client.connect(address));
        }
    }

    @Test
    void shouldCutADatagramThatDoesNotFit() throws Exception {
        try (UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"));
                UnixDatagramSocket client = UnixDatagramSocket.bind(dir.resolve("client"))) {
            assertEquals(0, client.trySend(bytes(1, 2, 3, 4), UnixAddress.of(dir.resolve("server"))));
            ByteBuffer into = ByteBuffer.allocateDirect(3).position(1);

            assertEquals(2, server.receive(into, WAIT_MS));

            assertArrayEquals(new byte[] {0, 1, 2}, content(into));
        }
    }

    @Test
    void shouldRefuseWhatCannotBeAnAddress() {
        assertThrows(IllegalArgumentException.class, () -> UnixAddress.of(Path.of("")));
        assertThrows(IllegalArgumentException.class, () -> UnixAddress.of(Path.of("/" + "x".repeat(107))));
        assertThrows(IllegalArgumentException.class, () -> UnixAddress.ofAbstract(""));
        assertThrows(IllegalArgumentException.class, () -> UnixAddress.ofAbstract("x".repeat(108)));
        assertThrows(IllegalArgumentException.class, () -> Linux.addressOf(ByteBuffer.allocate(1)));
    }

    @Test
    void shouldReachTheLongestPath() throws Exception {
        Path longest = dir.resolve("x".repeat(UnixAddress.MAX_NAME_BYTES - dir.toString().length() - 1));
        try (UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("server"));
                UnixDatagramSocket client = UnixDatagramSocket.bind(longest)) {
            UnixAddress sender = sent(client, UnixAddress.of(dir.resolve("server")), server);

            assertEquals(longest.toString(), sender.toString());
            assertEquals(0, server.trySend(bytes(7), sender));
            assertEquals(1, client.receive(ByteBuffer.allocateDirect(10), WAIT_MS));
        }
    }

    private static UnixAddress sent(UnixDatagramSocket from, UnixAddress to, UnixDatagramSocket server)
            throws Exception {
        assertEquals(0, from.trySend(bytes(9), to));
        assertEquals(1, server.receive(ByteBuffer.allocateDirect(10), WAIT_MS));
        return server.sender();
    }

    private static void assertErrno(int errno, org.junit.jupiter.api.function.Executable call) {
        assertEquals(errno, assertThrows(PosixException.class, call).errno());
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(values.length);
        for (int value : values) {
            buffer.put((byte) value);
        }
        return buffer.flip();
    }

    private static byte[] content(ByteBuffer filled) {
        byte[] bytes = new byte[filled.flip().remaining()];
        filled.get(bytes);
        return bytes;
    }
}
