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
    private static final int MOST_DRAINED_BYTES = 1 << 20;
    /** Of one follower; then the others get their turn. */
    private static final int MOST_PIECES_AT_A_TIME = 4;
    /** What the kernel keeps for a follower that does not read. */
    private static final int FOLLOWER_BUFFER_BYTES = 64 << 10;

    /** What is waited for; in the order in which a newcomer drives them out. */
    enum Stage { DRAINING, SHAKING_HANDS, READING, WRITING, ANSWERING, FOLLOWING }

    private final SocketChannel channel;
    private final SelectionKey key;
    private final String peer;
    private final Optional<TlsSession> tls;
    private final RequestParser parser = new RequestParser();
    private Stage stage;
    private long deadlineNs;
    private Request request;
    private boolean isCounted;
    private ByteBuffer answer;
    private Feed feed;
    private long quietSinceNs;
    private int drained;

    Connection(SocketChannel channel, SelectionKey key, Optional<TlsSession> tls, long deadlineNs) throws IOException {
        this.channel = channel;
        this.key = key;
        this.tls = tls;
        this.stage = tls.isPresent() ? Stage.SHAKING_HANDS : Stage.READING;
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

    /** Whether who is there may still be told that it is refused. */
    boolean isListenedTo() {
        return stage == Stage.SHAKING_HANDS || stage == Stage.READING;
    }

    Optional<Request> request() {
        return Optional.ofNullable(request);
    }

    /** Who follows is late only with what was sent to him. */
    boolean isLate(long nowNs) {
        return (stage != Stage.FOLLOWING || answer.hasRemaining()) && nowNs - deadlineNs >= 0;
    }

    /**
     * Goes on with TLS, as far as it goes.
     *
     * @return what it waits for; DONE: what comes now is a request
     */
    TlsSession.Step shakeHands(ByteBuffer buffer) throws IOException {
        TlsSession session = tls.orElseThrow();
        while (true) {
            TlsSession.Step step = session.step();
            channel.write(session.out());
            if (session.out().hasRemaining()) {
                key.interestOps(SelectionKey.OP_WRITE);
                return TlsSession.Step.READ;
            }
            if (step != TlsSession.Step.READ) {
                key.interestOps(step == TlsSession.Step.WORK ? 0 : SelectionKey.OP_READ);
                stage = step == TlsSession.Step.DONE ? Stage.READING : stage;
                return step;
            }
            int read = channel.read(buffer.clear());
            if (read < 0) {
                throw new IOException("closed by the peer");
            }
            if (read == 0) {
                key.interestOps(SelectionKey.OP_READ);
                return step;
            }
            session.take(buffer.flip());
        }
    }

    /** For who works on the handshake. */
    Optional<TlsSession> tls() {
        return tls;
    }

    /** Who asks, by its certificate; only once hands are shaken. */
    Optional<Caller> caller() throws IOException {
        return tls.isEmpty() ? Optional.empty() : Optional.of(CertifiedCaller.of(tls.get().peer(), peer));
    }

    /** What has come, empty if there is nothing now; nothing at its end. */
    private Optional<ByteBuffer> received(ByteBuffer buffer) throws IOException {
        while (true) {
            int read = channel.read(buffer.clear());
            ByteBuffer said = tls.isEmpty() ? buffer.flip() : tls.get().open(buffer.flip());
            if (read == 0 || said.hasRemaining()) {
                return Optional.of(said);
            }
            if (read < 0 || tls.isPresent() && tls.get().isClosed()) {
                return Optional.empty();
            }
        }
    }

    /** The request once it is whole. */
    Optional<Request> read(ByteBuffer buffer) throws IOException, BadRequestException {
        while (true) {
            ByteBuffer said = received(buffer).orElseThrow(() -> new IOException("closed by the peer"));
            if (!said.hasRemaining()) {
                return Optional.empty();
            }
            Optional<Request> whole = parser.take(said);
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

    void writing(HttpReply reply, long untilNs) throws IOException {
        byte[] bytes = request == null ? reply.encoded(false) : reply.about(request).encoded(request.isHead());
        writing(tls.isEmpty() ? ByteBuffer.wrap(bytes) : tls.get().seal(bytes, true), untilNs);
    }

    /** Tells a peer whose TLS is refused, as far as there is something to tell. */
    void refusing(long untilNs) {
        writing(tls.orElseThrow().farewell(), untilNs);
    }

    private void writing(ByteBuffer last, long untilNs) {
        answer = last;
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

    private void send(byte[] piece, long nowNs, Limits limits) throws IOException {
        answer = tls.isEmpty() ? ByteBuffer.wrap(piece) : tls.get().seal(piece, false);
        quietSinceNs = nowNs;
        deadlineNs = nowNs + limits.farewell().toNanos();
    }

    /** Whether the peer has closed, or has been listened to for long enough. */
    boolean drain(ByteBuffer buffer) throws IOException {
        while (drained < MOST_DRAINED_BYTES) {
            Optional<ByteBuffer> more = received(buffer);
            if (more.isEmpty() || !more.get().hasRemaining()) {
                return more.isEmpty();
            }
            drained += more.get().remaining();
        }
        return true;
    }

    /** Whether it was closed; for any thread. */
    boolean isOver() {
        return !channel.isOpen();
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
