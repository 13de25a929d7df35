package org.mirrorlog.door;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/**
 * One connection, one request: read, answered, written, drained, closed; or read and then told more and more. For the
 * door's thread.
 */
final class Connection {
    /** What a peer goes on sending after its request is thrown away up to here, so that it can read the answer. */
    private static final int MOST_DRAINED_BYTES = 64 << 10;
    /** Of one follower; then the others get their turn. */
    private static final int MOST_PIECES_AT_A_TIME = 4;
    /** What the kernel keeps for a follower that does not read. */
    private static final int FOLLOWER_BUFFER_BYTES = 64 << 10;

    /** What is waited for; in the order in which a newcomer drives them out. */
    enum Stage { DRAINING, READING, WRITING, ANSWERING, FOLLOWING }

    private final SocketChannel channel;
    private final SelectionKey key;
    private final String peer;
    private final RequestParser parser = new RequestParser();
    private Stage stage = Stage.READING;
    private long deadlineNs;
    private Request request;
    private boolean isCounted;
    private ByteBuffer answer;
    private Feed feed;
    private long quietSinceNs;
    private int drained;

    Connection(SocketChannel channel, SelectionKey key, long deadlineNs) throws IOException {
        this.channel = channel;
        this.key = key;
        this.deadlineNs = deadlineNs;
        this.peer = String.valueOf(channel.getRemoteAddress()).replaceFirst(":\\d+$", "");
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    String peer() {
        return peer;
    }

    Stage stage() {
        return stage;
    }

    Optional<Request> request() {
        return Optional.ofNullable(request);
    }

    /** Who follows is late only with what was sent to him. */
    boolean isLate(long nowNs) {
        return (stage != Stage.FOLLOWING || answer.hasRemaining()) && nowNs - deadlineNs >= 0;
    }

    /** The request once it is whole. */
    Optional<Request> read(ByteBuffer buffer) throws IOException, BadRequestException {
        while (true) {
            buffer.clear();
            int read = channel.read(buffer);
            if (read < 0) {
                throw new IOException("closed by the peer");
            }
            if (read == 0) {
                return Optional.empty();
            }
            Optional<Request> whole = parser.take(buffer.flip());
            if (whole.isPresent()) {
                return whole;
            }
        }
    }

    /** @param counts whether it is one of a limited number of answers under way */
    void answering(Request whole, boolean counts, long untilNs) {
        request = whole;
        isCounted = counts;
        stage = Stage.ANSWERING;
        deadlineNs = untilNs;
        key.interestOps(0);
    }

    /** Whether it was one of those that are counted, until now. */
    boolean uncount() {
        boolean was = isCounted;
        isCounted = false;
        return was;
    }

    void writing(HttpReply reply, long untilNs) {
        answer = ByteBuffer.wrap(request == null ? reply.encoded(false)
                : reply.about(request).encoded(request.isHead()));
        stage = Stage.WRITING;
        deadlineNs = untilNs;
        key.interestOps(SelectionKey.OP_WRITE);
    }

    /** Writes what goes; the end of it tells the peer that there is no more. */
    void write() throws IOException {
        channel.write(answer);
        if (!answer.hasRemaining()) {
            channel.shutdownOutput();
            stage = Stage.DRAINING;
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    /** From now on it is told more and more. */
    void following(Feed what, long nowNs, Limits limits) throws IOException {
        channel.setOption(StandardSocketOptions.SO_SNDBUF, FOLLOWER_BUFFER_BYTES);
        feed = what;
        stage = Stage.FOLLOWING;
        send(feed.head().opening(), nowNs, limits);
        goOn(nowNs, limits);
    }

    /** Sends what is new, as far as it is taken; no more is asked for as long as it is not. */
    void goOn(long nowNs, Limits limits) throws IOException {
        for (int i = 0; i < MOST_PIECES_AT_A_TIME; i++) {
            channel.write(answer);
            if (answer.hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
                return;
            }
            byte[] piece = feed.pieces().get();
            boolean isQuiet = piece.length == 0 && nowNs - quietSinceNs >= limits.followers().quiet().toNanos();
            if (piece.length == 0 && !isQuiet) {
                key.interestOps(SelectionKey.OP_READ);
                return;
            }
            send(isQuiet ? feed.signOfLife() : piece, nowNs, limits);
        }
        key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    private void send(byte[] piece, long nowNs, Limits limits) {
        answer = ByteBuffer.wrap(piece);
        quietSinceNs = nowNs;
        deadlineNs = nowNs + limits.farewell().toNanos();
    }

    /** Whether the peer has closed, or has been listened to for long enough. */
    boolean drain(ByteBuffer buffer) throws IOException {
        while (drained < MOST_DRAINED_BYTES) {
            buffer.clear();
            int read = channel.read(buffer);
            if (read <= 0) {
                return read < 0;
            }
            drained += read;
        }
        return true;
    }

    void close() {
        key.cancel();
        try {
            channel.close();
        } catch (IOException e) {
            key.attach(null); // whatever it was, this connection is over
        }
    }
}
