package org.mirrorlog.cli;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One request at the daemon's UNIX socket, which the JDK's HTTP client cannot reach. */
final class OperatorSocket {
    private static final int MOST_BYTES = 16 << 20;

    private OperatorSocket() {
    }

    /** What the daemon said. */
    record Answer(int status, String text) { }

    static Answer post(Path socket, String path, String json, Duration timeout) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length + "\r\n\r\n";
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            CompletableFuture<Void> end = new CompletableFuture<>();
            end.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS).whenComplete((done, late) -> {
                if (late != null) {
                    close(channel);
                }
            });
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(new ByteBuffer[] {ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)),
                    ByteBuffer.wrap(body)});
            String answer = new String(Channels.newInputStream(channel).readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
            end.complete(null);
            return parsed(answer);
        } catch (ClosedChannelException e) {
            throw new IOException("nothing within " + timeout.toSeconds() + " s", e);
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Answer parsed(String answer) throws IOException {
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0 || !answer.matches("(?s)HTTP/1\\.1 \\d{3} .*")) {
            throw new IOException("this is no mirrorlogd");
        }
        return new Answer(Integer.parseInt(answer.substring(9, 12)), answer.substring(end + 4));
    }
}
