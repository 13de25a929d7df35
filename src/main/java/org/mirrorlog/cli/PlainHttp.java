package org.mirrorlog.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * HTTP/1.1 without encryption, one request for a connection, over TCP or a UNIX socket. The JDK's client knows no UNIX
 * sockets, and loads all of TLS to begin with, which takes longer than everything else that mirrorlogctl does.
 */
final class PlainHttp {
    private static final int MOST_HEAD_BYTES = 64 << 10;

    private PlainHttp() {
    }

    /**
     * What is asked for.
     *
     * @param head lines of its own, beside those that every request has
     * @param body null if there is none
     */
    record Wish(String method, String host, String path, Map<String, String> head, String body) {
        private byte[] bytes() {
            byte[] content = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
            StringBuilder text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: " + host
                    + "\r\nConnection: close\r\n");
            head.forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
            if (body != null) {
                text.append("Content-Type: application/json\r\nContent-Length: ").append(content.length).append("\r\n");
            }
            byte[] first = text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
            byte[] all = new byte[first.length + content.length];
            System.arraycopy(first, 0, all, 0, first.length);
            System.arraycopy(content, 0, all, first.length, content.length);
            return all;
        }
    }

    /** An answer whose body may still come; to be closed. */
    record Reply(int status, InputStream body) { }

    /** How it is read, to its end or as it comes. */
    interface Reader<T> {
        T read(Reply reply) throws IOException;
    }

    /**
     * Asks, and reads the answer.
     *
     * @param patience with the connection, and then with the answer
     * @param isEndless whether the body may take as long as it likes
     * @throws IOException nobody is there, or he is late, or speaks something else
     */
    static <T> T ask(SocketAddress where, Wish wish, Duration patience, boolean isEndless, Reader<T> reader)
            throws IOException {
        try (SocketChannel channel = where instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open()) {
            CompletableFuture<Void> connected = closeAfter(patience, channel);
            channel.connect(where);
            connected.complete(null);
            CompletableFuture<Void> answered = closeAfter(patience, channel);
            ByteBuffer request = ByteBuffer.wrap(wish.bytes());
            while (request.hasRemaining()) {
                channel.write(request);
            }
            InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
            Reply reply = reply(in);
            if (isEndless) {
                answered.complete(null);
            }
            T read = reader.read(reply);
            answered.complete(null);
            return read;
        } catch (ClosedChannelException e) {
            throw new IOException("nothing within " + patience.toSeconds() + " s", e);
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            // No such address.
            throw new IOException(e.getMessage() == null ? where + " is not known" : e.getMessage(), e);
        }
    }

    private static CompletableFuture<Void> closeAfter(Duration patience, SocketChannel channel) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        end.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).whenComplete((done, late) -> {
            if (late != null) {
                close(channel);
            }
        });
        return end;
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Reply reply(InputStream in) throws IOException {
        String[] head = head(in).split("\r\n");
        if (!head[0].matches("HTTP/1\\.[01] \\d{3}( .*)?")) {
            throw new IOException("this is no mirrorlogd");
        }
        Map<String, String> fields = new HashMap<>();
        for (int i = 1; i < head.length; i++) {
            int colon = head[i].indexOf(':');
            if (colon > 0) {
                fields.put(head[i].substring(0, colon).toLowerCase(Locale.ROOT), head[i].substring(colon + 1).strip());
            }
        }
        return new Reply(Integer.parseInt(head[0].substring(9, 12)), body(in, fields));
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int last = 0;
        for (int next = in.read(); next >= 0; next = in.read()) {
            head.write(next);
            last = (last << 8) | next;
            if (last == 0x0d0a0d0a) {
                return head.toString(StandardCharsets.ISO_8859_1);
            } else if (head.size() > MOST_HEAD_BYTES) {
                break;
            }
        }
        throw new IOException(head.size() == 0 ? "the connection was lost" : "this is no mirrorlogd");
    }

    private static InputStream body(InputStream in, Map<String, String> fields) throws IOException {
        if ("chunked".equalsIgnoreCase(fields.get("transfer-encoding"))) {
            return new Chunks(in);
        }
        try {
            String length = fields.get("content-length");
            return length == null ? in : new Chunks(in, Long.parseLong(length));
        } catch (NumberFormatException e) {
            throw new IOException("this is no mirrorlogd", e);
        }
    }

    /** Parts whose lengths are known beforehand, the last one of none; or one such part. */
    private static final class Chunks extends InputStream {
        private final InputStream in;
        private final boolean isOne;
        private long left;
        private boolean isFirst = true;
        private boolean isOver;

        Chunks(InputStream in) {
            this.in = in;
            this.isOne = false;
        }

        Chunks(InputStream in, long length) {
            this.in = in;
            this.isOne = true;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int at, int length) throws IOException {
            if (left == 0 && !isOver && length > 0) {
                left = isOne ? 0 : next();
                isOver = left == 0;
            }
            if (isOver || length == 0) {
                return isOver ? -1 : 0;
            }
            int read = in.read(into, at, (int) Math.min(left, length));
            if (read < 0) {
                throw new IOException("the connection was lost");
            }
            left -= read;
            return read;
        }

        private long next() throws IOException {
            if (!isFirst) {
                line();
            }
            isFirst = false;
            try {
                return Long.parseLong(line().split(";")[0].strip(), 16);
            } catch (NumberFormatException e) {
                throw new IOException("this is no mirrorlogd", e);
            }
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0 || line.length() > MOST_HEAD_BYTES) {
                    throw new IOException("the connection was lost");
                }
                line.append((char) next);
            }
            return line.toString();
        }
    }
}
