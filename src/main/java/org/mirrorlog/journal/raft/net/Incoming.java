package org.mirrorlog.journal.raft.net;

import java.io.IOException;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** A connection that somebody has made to this member; its thread reads. */
final class Incoming {

    private static final int HELLO_MS = 5_000;
    /** The other side says something each second. */
    private static final int SILENT_MS = 5_000;
    /** What may be read and not yet worked on, in KiB. */
    private static final int MOST_OPEN_KIB = 32 * 1024;

    private final Wire wire;
    private final Socket plain;
    private final long sinceNs;
    private final Semaphore open = new Semaphore(MOST_OPEN_KIB);
    private volatile String from = "";
    private volatile boolean isKnown;

    Incoming(Wire wire, Socket plain) {
        this.wire = wire;
        this.plain = plain;
        this.sinceNs = wire.nowNs();
    }

    void start() {
        Thread thread = new Thread(this::run, "mirrorlog-journal-from-" + plain.getInetAddress().getHostAddress());
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            abort();
            wire.ended(this);
            wire.troubled(plain.getInetAddress().getHostAddress(), new IOException("there is no thread for it", e));
        }
    }

    /** Who it is, once that is known. */
    String from() {
        return from;
    }

    /** Whether it has not said who it is for too long. */
    boolean isStrangerSince(long ns) {
        return !isKnown && sinceNs - ns < 0;
    }

    /** Whether it has not said who it is, and may do so still. */
    boolean isStranger() {
        return !isKnown && !plain.isClosed();
    }

    /** Negative if this one was there before the other. */
    static int byAge(Incoming one, Incoming other) {
        return Long.signum(one.sinceNs - other.sinceNs);
    }

    void abort() {
        Wire.abort(plain);
    }

    private void run() {
        try {
            read();
        } catch (IOException | RuntimeException e) {
            wire.troubled(from.isEmpty() ? plain.getInetAddress().getHostAddress() : from, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // Whoever ends reading closes: else the other side would go on writing.
            abort();
            wire.ended(this);
        }
    }

    private void read() throws IOException, InterruptedException {
        plain.setTcpNoDelay(true);
        plain.setSoTimeout(HELLO_MS);
        Security.Secured secured = wire.security().secure(plain, false);
        try (FrameStream stream = new FrameStream(secured.socket())) {
            Hello other = Hello.decode(stream.read(Hello.MOST_BYTES));
            if (!wire.isOther(other.name()) || !secured.isAt().test(Wire.host(other.name()))) {
                throw new IOException("it says that it is " + other.name() + ", which "
                        + (wire.isOther(other.name()) ? "its certificate does not" : "is no other member"));
            }
            from = other.name();
            stream.write(wire.own().encode());
            stream.flush();
            Optional<String> refusal = wire.met(other);
            if (refusal.isPresent()) {
                throw new IOException(refusal.get());
            }
            if (wire.isTogether(other)) {
                isKnown = true;
                plain.setSoTimeout(SILENT_MS);
                wire.takePlace(this);
                carry(stream);
            }
        }
    }

    private void carry(FrameStream stream) throws IOException, InterruptedException {
        while (true) {
            byte[] frame = stream.read(FrameStream.MOST_BYTES);
            wire.heard(from);
            if (frame.length > 0) {
                int kib = Math.min(MOST_OPEN_KIB, 1 + frame.length / 1024);
                open.acquire(kib);
                wire.received(from, frame, () -> open.release(kib));
            }
        }
    }
}
