package org.mirrorlog.door;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * TLS of one connection, the server's side: turns what comes into what it means, and what is to be said into what goes.
 * Keys are reckoned with elsewhere ({@link #work}), for that takes milliseconds; all else is for the door's thread,
 * never at the same time.
 */
final class TlsSession {
    /** What a peer may send in all, with its handshake: requests are small. */
    private static final int MOST_BYTES = 128 << 10;
    private static final int MOST_LAST_RECORDS = 8;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Supplier<SSLEngine> engines;
    private SSLEngine engine;
    /** What has come and was not looked at yet, from 0 to its position. */
    private ByteBuffer raw = NOTHING;
    /** What the last of it meant. */
    private ByteBuffer said = NOTHING;
    /** What is to be sent of the handshake, from its position to its limit. */
    private ByteBuffer out = NOTHING;
    private int received;
    private boolean isClosed;

    /** What has to happen for the handshake to go on. */
    enum Step { READ, WORK, DONE }

    TlsSession(Supplier<SSLEngine> engines) {
        this.engines = engines;
    }

    /** Takes what has come; so little at a time that it finds room behind a record that is not whole. */
    void take(ByteBuffer bytes) throws IOException {
        received += bytes.remaining();
        if (received > MOST_BYTES) {
            throw new IOException("more than " + MOST_BYTES + " bytes have come");
        }
        if (raw.remaining() < bytes.remaining()) {
            int most = engine == null ? 0 : engine.getSession().getPacketBufferSize();
            raw = ByteBuffer.allocate(raw.position() + bytes.remaining() + most).put(raw.flip());
        }
        raw.put(bytes);
    }

    /** Goes on as far as it goes. Whatever it wants to send is in {@link #out}. */
    Step step() throws IOException {
        if (engine == null) {
            return raw.position() == 0 ? Step.READ : Step.WORK; // nothing is made for who says nothing
        }
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK:
                    return Step.WORK;
                case NEED_WRAP:
                    out = joined(out, wrap(NOTHING));
                    break;
                case NEED_UNWRAP:
                    if (!unwrap() && engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP) {
                        return Step.READ;
                    }
                    break;
                default:
                    return Step.DONE;
            }
        }
    }

    ByteBuffer out() {
        return out;
    }

    /** The part that takes time; for any thread, while no other uses this object. */
    void work() throws SSLException {
        if (engine == null) {
            SSLEngine made = engines.get();
            made.beginHandshake();
            engine = made;
        }
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    /** Who is there; only once the handshake is done. */
    X509Certificate peer() throws SSLException {
        return (X509Certificate) engine.getSession().getPeerCertificates()[0];
    }

    /** What these bytes, and those before them, mean; valid until the next call. */
    ByteBuffer open(ByteBuffer bytes) throws IOException {
        take(bytes);
        int room = raw.position() + engine.getSession().getApplicationBufferSize();
        said = said.capacity() < room ? ByteBuffer.allocate(room) : said.clear();
        while (!isClosed && unwrap()) {
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                throw new SSLException("another handshake");
            }
        }
        return said.flip();
    }

    /** Whether a record was whole and is used up. */
    private boolean unwrap() throws SSLException {
        raw.flip();
        try {
            if (said.capacity() == 0) {
                said = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
            }
            SSLEngineResult result = engine.unwrap(raw, said);
            isClosed |= result.getStatus() == SSLEngineResult.Status.CLOSED;
            return result.getStatus() == SSLEngineResult.Status.OK && result.bytesConsumed() > 0;
        } finally {
            raw.compact();
        }
    }

    boolean isClosed() {
        return isClosed;
    }

    /** What is to go so that the peer is told this, and, if it is the last, that there is no more. */
    ByteBuffer seal(byte[] what, boolean isLast) throws SSLException {
        ByteArrayOutputStream sealed = new ByteArrayOutputStream(what.length + (1 << 10));
        ByteBuffer rest = ByteBuffer.wrap(what);
        while (rest.hasRemaining() || engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            sealed.writeBytes(bytes(wrap(rest)));
        }
        if (isLast) {
            engine.closeOutbound();
            sealed.writeBytes(bytes(lastRecords()));
        }
        return ByteBuffer.wrap(sealed.toByteArray());
    }

    /** What tells a refused peer why; empty if there is nothing to tell, or nobody to tell it. */
    ByteBuffer farewell() {
        if (engine == null) {
            return NOTHING;
        }
        try {
            return joined(out, lastRecords());
        } catch (SSLException e) {
            return NOTHING; // it was told already
        }
    }

    private ByteBuffer lastRecords() throws SSLException {
        ByteBuffer all = NOTHING;
        for (int i = 0; i < MOST_LAST_RECORDS && !engine.isOutboundDone(); i++) {
            all = joined(all, wrap(NOTHING));
        }
        return all;
    }

    /** One record. */
    private ByteBuffer wrap(ByteBuffer what) throws SSLException {
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        if (engine.wrap(what, record).bytesProduced() == 0) {
            throw new SSLException("nothing can be said any more");
        }
        return record.flip();
    }

    private static ByteBuffer joined(ByteBuffer first, ByteBuffer second) {
        return first.hasRemaining()
                ? ByteBuffer.allocate(first.remaining() + second.remaining()).put(first).put(second).flip() : second;
    }

    private static byte[] bytes(ByteBuffer from) {
        byte[] bytes = new byte[from.remaining()];
        from.get(bytes);
        return bytes;
    }
}
