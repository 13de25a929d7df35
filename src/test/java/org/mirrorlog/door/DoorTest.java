package org.mirrorlog.door;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that go on: who reads them is told, whoever does not is hung up on, and nobody else waits for either. */
@Timeout(60)
class DoorTest {
    private static final int MOST = 3;
    private static final byte[] LARGE = "x".repeat(16 << 10).getBytes(StandardCharsets.US_ASCII);

    private final AtomicLong clockNs = new AtomicLong();
    private final Queue<byte[]> news = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isFlooding = new AtomicBoolean();
    private final List<Socket> open = new ArrayList<>();
    private Door door;

    @BeforeEach
    void start() throws IOException {
        Limits limits = new Limits(16, 2, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5),
                new Limits.Followers(MOST, Duration.ofSeconds(15)));
        Feed feed = new Feed(new HttpReply(200, "text/event-stream", new byte[0], Map.of("X-Test", "yes")),
                () -> isFlooding.get() ? LARGE : Optional.ofNullable(news.poll()).orElse(new byte[0]),
                ": still there\n".getBytes(StandardCharsets.US_ASCII));
        door = Door.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), limits, new Door.Pages(
                request -> "/ready".equals(request.path()) ? Optional.of(HttpReply.text(200, "OK")) : Optional.empty(),
                request -> "/feed".equals(request.path()) ? Optional.of(feed) : Optional.empty(),
                request -> "/never".equals(request.path()) ? new CompletableFuture<>()
                        : CompletableFuture.completedStage(HttpReply.error(404, "nothing"))), clockNs::get);
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        door.close();
    }

    private Socket ask(String path) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.address().getPort());
        open.add(socket);
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    }

    private BufferedReader follow() throws IOException {
        BufferedReader reader = reader(ask("/feed"));
        List<String> head = new ArrayList<>();
        for (String line = reader.readLine(); line != null && !line.isEmpty(); line = reader.readLine()) {
            head.add(line);
        }
        assertEquals(List.of("HTTP/1.1 200 OK", "X-Test: yes", "Content-Type: text/event-stream", "Connection: close"),
                head);
        return reader;
    }

    private void tell(String line) {
        news.add((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void shouldTellMoreAndMoreAndALastWordWhenItCloses() throws Exception {
        BufferedReader follower = follow();

        tell("one");
        assertEquals("one", follower.readLine());
        tell("two");
        assertEquals("two", follower.readLine());
        tell("last");
        door.close();
        assertEquals("last", follower.readLine());
        assertEquals(null, follower.readLine());
    }

    @Test
    void shouldGiveASignOfLifeAfterALongSilence() throws Exception {
        BufferedReader follower = follow();
        tell("news");
        assertEquals("news", follower.readLine());

        clockNs.addAndGet(Duration.ofSeconds(15).toNanos());

        assertEquals(": still there", follower.readLine());
    }

    @Test
    void shouldLetInSoManyFollowersAndNoMoreAndForgetThoseThatHaveClosed() throws Exception {
        for (int i = 0; i < MOST; i++) {
            follow();
        }

        String refused = reader(ask("/feed")).readLine();

        assertEquals("HTTP/1.1 503 Service Unavailable", refused);
        assertEquals("HTTP/1.1 200 OK", reader(ask("/ready")).readLine());
        open.get(0).close();
        await("its place is free").atMost(20, TimeUnit.SECONDS)
                .until(() -> "HTTP/1.1 200 OK".equals(reader(ask("/feed")).readLine()));
    }

    @Test
    void shouldHangUpOnWhoDoesNotReadAndNotOnWhoDoes() throws Exception {
        BufferedReader reading = follow();
        Socket deaf = ask("/feed");
        await("it follows").atMost(20, TimeUnit.SECONDS).until(() -> deaf.getInputStream().available() > 0);
        isFlooding.set(true);
        Thread reader = new Thread(() -> {
            try {
                while (reading.read() >= 0) {
                    Thread.onSpinWait();
                }
            } catch (IOException e) {
                Thread.currentThread().interrupt(); // as good as an end
            }
        });
        reader.start();
        assertEquals("HTTP/1.1 200 OK", reader(ask("/ready")).readLine());

        // Its buffers are full by and by; then time passes, step by step, and takes its piece back.
        await("the deaf one is cut off").atMost(30, TimeUnit.SECONDS).until(() -> {
            clockNs.addAndGet(Duration.ofMillis(200).toNanos());
            try {
                deaf.getOutputStream().write('x');
                return false;
            } catch (IOException e) {
                return true;
            }
        });

        assertTrue(reader.isAlive(), "who reads goes on");
        assertEquals("HTTP/1.1 200 OK", reader(ask("/ready")).readLine());
        isFlooding.set(false);
        door.close();
        reader.join(20_000);
    }

    /** Whoever asked is told that there is no answer, and others get the place. */
    @Test
    void shouldNotWaitForEverForAnswersThatNeverCome() throws Exception {
        List<Socket> never = List.of(ask("/never"), ask("/never"));
        String busy = "HTTP/1.1 503 Service Unavailable";
        await("both are at work").atMost(20, TimeUnit.SECONDS).until(() -> busy.equals(reader(ask("/x")).readLine()));

        clockNs.addAndGet(Duration.ofSeconds(6).toNanos());
        for (Socket one : never) {
            assertEquals(busy, reader(one).readLine(), "no answer in time");
        }

        assertEquals("HTTP/1.1 404 Not Found", reader(ask("/x")).readLine(), "the places are free");
    }

    /** Nobody else is driven out by a follower, nor a follower by those who come and go. */
    @Test
    void shouldKeepFollowersWhileOthersComeAndGo() throws Exception {
        BufferedReader follower = follow();
        for (int i = 0; i < 100; i++) {
            open.add(new Socket(InetAddress.getLoopbackAddress(), door.address().getPort()));
        }
        assertEquals("HTTP/1.1 200 OK", reader(ask("/ready")).readLine());

        tell("still here");

        assertEquals("still here", follower.readLine());
    }
}
