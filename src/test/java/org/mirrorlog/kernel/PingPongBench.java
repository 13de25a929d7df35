package org.mirrorlog.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;
import org.mirrorlog.protocol.Reply;

/**
 * Latency of one request and its answer over a UNIX datagram socket, to be run by hand: an echo of raw bytes against
 * {@link ReceiveLoop} with {@link ReplySender}, both between two threads of one process.
 *
 * <pre>java -cp CLASSPATH org.mirrorlog.kernel.PingPongBench [rounds]</pre>
 */
final class PingPongBench {
    private static final int BLOCKS = 3;

    private PingPongBench() {
    }

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 200_000;
        Path dir = Files.createTempDirectory("pingpong");
        for (int block = 0; block < BLOCKS; block++) {
            raw(dir, rounds);
            loop(dir, rounds);
        }
    }

    private static void raw(Path dir, int rounds) throws Exception {
        UnixDatagramSocket server = UnixDatagramSocket.bind(dir.resolve("raw"));
        Thread echo = new Thread(() -> echo(server));
        echo.start();
        measure("raw echo", dir, "raw", rounds);
        server.close();
        echo.join();
    }

    private static void echo(UnixDatagramSocket server) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(16 * 1024);
        try {
            while (true) {
                server.receive(buffer.clear(), -1);
                server.trySend(buffer.flip(), server.sender());
            }
        } catch (ClosedChannelException e) {
            return;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void loop(Path dir, int rounds) throws Exception {
        UnixConnector connector = UnixConnector.open(dir.resolve("loop"));
        ReplySender replies = new ReplySender(connector);
        ReceiveLoop loop = ReceiveLoop.start(connector,
                (request, from) -> replies.send(request, Reply.number(7), from));
        measure("receive loop", dir, "loop", rounds);
        loop.close();
    }

    private static void measure(String what, Path dir, String server, int rounds) throws IOException {
        Histogram histogram = new Histogram(1_000_000_000L, 3);
        try (UnixDatagramSocket client = UnixDatagramSocket.bind(dir.resolve("client"))) {
            client.connect(UnixAddress.of(dir.resolve(server)));
            ByteBuffer request = Requests.datagram(1);
            ByteBuffer answer = ByteBuffer.allocateDirect(1000);
            for (int i = -rounds / 2; i < rounds; i++) {
                long start = System.nanoTime();
                client.send(request, -1);
                client.receive(answer.clear(), -1);
                if (i >= 0) {
                    histogram.recordValue(System.nanoTime() - start);
                }
            }
        }
        System.out.printf("%-13s p50 %.1f us  p99 %.1f us  p99.9 %.1f us%n", what,
                histogram.getValueAtPercentile(50) / 1e3, histogram.getValueAtPercentile(99) / 1e3,
                histogram.getValueAtPercentile(99.9) / 1e3);
    }
}
