package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.posix.Credentials;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.UlogCodec;

@Timeout(60)
class UnixConnectorTest {
    private static final int NOBODY = 65534;
    private static final int DEAF = 40;
    /** Of one peer: what the kernel lets it have is a setting of the machine. */
    private static final int MOST_UNREAD = 11;

    @TempDir
    Path dir;
    private Path path;
    private UnixConnector connector;
    private final ByteBuffer into = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);

    @BeforeEach
    void open() throws IOException {
        path = dir.resolve("made/by/us/kernel.sock");
        connector = UnixConnector.open(path);
    }

    @AfterEach
    void close() {
        connector.close();
    }

    @Test
    void shouldAnswerToTheAddressThatTheSenderIsBoundTo() throws Exception {
        try (UnixDatagramSocket one = client("one"); UnixDatagramSocket two = client("two")) {
            one.send(Requests.datagram(1), Waiting.MS);
            two.send(Requests.datagram(2), Waiting.MS);
            Peer first = connector.receive(into);
            ByteBuffer firstBytes = ByteBuffer.allocateDirect(into.remaining()).put(into.duplicate()).flip();
            Peer second = connector.receive(into);

            assertTrue(connector.send(firstBytes, first));
            assertTrue(connector.send(into, second));

            assertEquals(dir.resolve("one").toString(), first.name());
            assertNotEquals(first, second);
            assertEquals(Requests.datagram(1), received(one), "byte for byte");
            assertEquals(Requests.datagram(2), received(two), "byte for byte");
            assertEquals(2, connector.meter().snapshot().received());
            assertEquals(2, connector.meter().snapshot().sent());
        }
    }

    /** What is not read counts against the sender's socket, which is the same for all. */
    @Test
    void shouldAnswerOneWhileManyOthersDoNotRead() throws Exception {
        List<UnixDatagramSocket> deaf = new ArrayList<>();
        try (UnixDatagramSocket one = client("one")) {
            for (int i = 0; i < DEAF; i++) {
                deaf.add(client("deaf-" + i));
                deaf.get(i).send(Requests.datagram(i), Waiting.MS);
                Peer peer = connector.receive(into);
                for (int unread = 0; connector.send(into.duplicate(), peer) && unread < MOST_UNREAD; unread++) {
                    assertTrue(into.hasRemaining());
                }
            }
            one.send(Requests.datagram(1), Waiting.MS);
            Peer peer = connector.receive(into);

            assertTrue(connector.send(into, peer));

            assertEquals(Requests.datagram(1), received(one));
        } finally {
            deaf.forEach(UnixDatagramSocket::close);
        }
    }

    @Test
    void shouldKnowASenderAgain() throws Exception {
        try (UnixDatagramSocket one = client("one"); UnixDatagramSocket two = client("two")) {
            one.send(Requests.datagram(1), Waiting.MS);
            Peer first = connector.receive(into);
            two.send(Requests.datagram(2), Waiting.MS);
            connector.receive(into);
            one.send(Requests.datagram(3), Waiting.MS);

            assertSame(first, connector.receive(into));
        }
    }

    @Test
    void shouldDropAndCountUnnamedSenders() throws Exception {
        // A socket without credentials of its own stays unnamed; perl opens a plain one.
        assertEquals(0, perl("socket(S, AF_UNIX, SOCK_DGRAM, 0); send(S, 'hello', 0, sockaddr_un($ARGV[0])) or die $!",
                path.toString()).waitFor());
        try (UnixDatagramSocket named = client("named")) {
            named.send(Requests.datagram(1), Waiting.MS);

            assertEquals(dir.resolve("named").toString(), connector.receive(into).name());

            assertEquals(1, connector.meter().snapshot().unnamedSenders());
            assertEquals(1, connector.meter().snapshot().received());
        }
    }

    @Test
    void shouldServeOnlyItsOwnUserAndRoot() throws Exception {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root to become nobody");
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertEquals(0, asNobody("socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[1])) or die $!;"
                + " send(S, 'hello', 0, sockaddr_un($ARGV[0])) or die $!", path.toString(),
                dir.resolve("nobody").toString()).waitFor());
        try (UnixDatagramSocket own = client("own")) {
            own.send(Requests.datagram(1), Waiting.MS);

            assertEquals(dir.resolve("own").toString(), connector.receive(into).name());

            assertEquals(1, connector.meter().snapshot().foreignSenders());
            assertEquals(1, connector.meter().snapshot().received());
        }
    }

    @Test
    void shouldNotEvenBeReachableForOthers() throws Exception {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root to become nobody");
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxrwxrwx"));

        int status = asNobody("socket(S, AF_UNIX, SOCK_DGRAM, 0);"
                + " exit(send(S, 'hello', 0, sockaddr_un($ARGV[0])) ? 0 : $!{EACCES} ? 13 : 1)",
                path.toString()).waitFor();

        assertEquals(13, status, "EACCES");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }

    @Test
    void shouldCountAnswersToPeersThatAreGone() throws Exception {
        UnixDatagramSocket client = client("brief");
        client.send(Requests.datagram(1), Waiting.MS);
        Peer gone = connector.receive(into);
        client.close();

        assertFalse(connector.send(into, gone));

        assertEquals(1, connector.meter().snapshot().peersGone());
        assertEquals(0, connector.meter().snapshot().sendFailures());
    }

    @Test
    void shouldGiveUpOnAPeerThatDoesNotReadAndRecoverWithIt() throws Exception {
        // Not connected, so that its queue has the system's limit.
        try (UnixDatagramSocket lazy = UnixDatagramSocket.bind(dir.resolve("lazy"))) {
            assertEquals(0, lazy.trySend(Requests.datagram(1), UnixAddress.of(path)));
            Peer peer = connector.receive(into);
            int sent = 0;
            while (sent < 100_000 && connector.send(into, peer)) {
                sent++;
            }
            long retries = connector.meter().snapshot().sendRetries();
            assertEquals(1, connector.meter().snapshot().sendFailures());
            assertEquals(RetryingSender.MAX_ATTEMPTS - 1, retries);

            assertFalse(connector.send(into, peer), "still full");
            assertEquals(retries, connector.meter().snapshot().sendRetries(), "stalled peers get a single attempt");
            for (int i = 0; i < sent; i++) {
                assertNotEquals(UnixDatagramSocket.TIMED_OUT,
                        lazy.receive(ByteBuffer.allocateDirect(1000), Waiting.MS));
            }

            assertTrue(connector.send(into, peer), "it reads again");
        }
    }

    @Test
    @Timeout(60)
    void shouldLoseNoAnswerThatItSaysIsOnItsWayToAPeerThatReadsSlowly() throws Exception {
        int count = 20_000;
        try (UnixDatagramSocket slow = UnixDatagramSocket.bind(dir.resolve("slow"))) {
            assertEquals(0, slow.trySend(Requests.datagram(1), UnixAddress.of(path)));
            Peer peer = connector.receive(into);
            CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> drain(slow, count));

            // A reader that gets no processor for longer than the sender's patience costs an answer, and the sender
            // says so.
            for (int sent = 0; sent < count;) {
                sent += connector.send(into, peer) ? 1 : 0;
            }

            assertEquals(count, reader.get(Waiting.MS, TimeUnit.MILLISECONDS));
        }
    }

    private static int drain(UnixDatagramSocket socket, int count) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1000);
        int received = 0;
        try {
            while (received < count && socket.receive(buffer.clear(), Waiting.MS) != UnixDatagramSocket.TIMED_OUT) {
                received++;
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return received;
    }

    @Test
    void shouldRefuseAPathThatAnotherDaemonServes() {
        IOException e = assertThrows(IOException.class, () -> UnixConnector.open(path));

        assertTrue(e.getMessage().contains("process " + ProcessHandle.current().pid()), e.getMessage());
        assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
    }

    @Test
    void shouldRefuseAPathThatSomebodyElseListensTo() throws Exception {
        Path taken = dir.resolve("taken");
        UnixDatagramSocket somebody = UnixDatagramSocket.bind(taken);

        IOException e = assertThrows(IOException.class, () -> UnixConnector.open(taken));

        assertTrue(e.getMessage().contains(taken.toString()) && e.getMessage().contains("EADDRINUSE"), e.getMessage());
        somebody.close();
        UnixConnector.open(taken).close();
    }

    @Test
    void shouldRefuseAPathThatIsTooLongOrAPreciousFile() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "precious");

        assertThrows(IOException.class, () -> UnixConnector.open(dir.resolve("x".repeat(120))));
        assertThrows(IOException.class, () -> UnixConnector.open(file));

        assertEquals("precious", Files.readString(file));
    }

    @Test
    void shouldTakeOverThePathOfAKilledDaemon() throws Exception {
        Path left = dir.resolve("left");
        assertEquals(0, perl("socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0])) or die $!",
                left.toString()).waitFor());
        assertTrue(Files.exists(left), "a stale socket file");

        UnixConnector.open(left).close();

        assertFalse(Files.exists(left));
    }

    @Test
    void shouldWakeTheReceiverAndRefuseToSendOnceClosed() throws Exception {
        try (UnixDatagramSocket client = client("client")) {
            client.send(Requests.datagram(1), Waiting.MS);
            Peer peer = connector.receive(into);
            CompletableFuture<Boolean> isClosed = CompletableFuture.supplyAsync(this::isReceiveClosed);

            connector.close();

            assertTrue(isClosed.get(Waiting.MS, TimeUnit.MILLISECONDS));
            assertFalse(connector.send(Requests.datagram(1), peer));
            assertFalse(Files.exists(path));
        }
    }

    private boolean isReceiveClosed() {
        try {
            connector.receive(ByteBuffer.allocateDirect(1000));
            return false;
        } catch (ClosedChannelException e) {
            return true;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private UnixDatagramSocket client(String name) throws IOException {
        UnixDatagramSocket client = UnixDatagramSocket.bind(dir.resolve(name));
        client.connect(UnixAddress.of(path));
        return client;
    }

    private static ByteBuffer received(UnixDatagramSocket client) throws IOException {
        ByteBuffer answer = ByteBuffer.allocateDirect(UlogCodec.RECEIVE_BUFFER_BYTES);
        client.receive(answer, Waiting.MS);
        return answer.flip();
    }

    private static Process perl(String script, String... arguments) throws IOException {
        return start(new String[] {"perl", "-MSocket", "-MErrno", "-e", script}, arguments);
    }

    private static Process asNobody(String script, String... arguments) throws IOException {
        return start(new String[] {"setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups",
            "perl", "-MSocket", "-MErrno", "-e", script}, arguments);
    }

    private static Process start(String[] command, String... arguments) throws IOException {
        java.util.List<String> all = new java.util.ArrayList<>(java.util.List.of(command));
        all.addAll(java.util.List.of(arguments));
        return new ProcessBuilder(all).inheritIO().start();
    }
}
