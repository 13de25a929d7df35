package org.mirrorlog.journal.raft.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The connection to one member, made again whenever it ends; its thread writes what waits. */
final class Outgoing {

    private static final int CONNECT_MS = 2_000;
    private static final int HELLO_MS = 5_000;
    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 1_000;
    /** So often the other side hears something. */
    private static final long PULSE_MS = 1_000;
    private static final int MOST_FRAMES = 8_192;
    private static final long MOST_WAITING_BYTES = 64 << 20;
    private static final byte[] PULSE = {};

    private final Wire wire;
    private final String name;
    private final Thread thread;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean isUp;
    private boolean isEnding;
    private long pauseMs = FIRST_PAUSE_MS;
    private Socket plain;
    private long upSinceNs;
    private long lost;

    Outgoing(Wire wire, String name) {
        this.wire = wire;
        this.name = name;
        this.thread = new Thread(this::run, "mirrorlog-journal-to-" + name);
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** What cannot wait is lost. */
    synchronized void send(byte[] frame) {
        if (!isUp || frame.length > FrameStream.MOST_BYTES || waiting.size() >= MOST_FRAMES
                || waitingBytes + frame.length > MOST_WAITING_BYTES) {
            lost++;
            return;
        }
        waiting.add(frame);
        waitingBytes += frame.length;
        notifyAll();
    }

    synchronized long lost() {
        return lost;
    }

    synchronized boolean isUp() {
        return isUp;
    }

    /** Ends a connection that is up since before, so that another one is made. */
    synchronized void abortIfUpBefore(long ns) {
        if (isUp && upSinceNs - ns < 0) {
            Wire.abort(plain);
        }
    }

    void end() {
        synchronized (this) {
            isEnding = true;
            Wire.abort(plain);
            notifyAll();
        }
        thread.interrupt();
    }

    // --- its thread -----------------------------------------------------------------------------------------------

    private void run() {
        while (!isEnding()) {
            try {
                connect();
            } catch (IOException | RuntimeException e) {
                // The latter as well: a key and its certificate may be replaced one after the other.
                wire.troubled(name, e);
            }
            down();
            pause();
        }
    }

    private synchronized boolean isEnding() {
        return isEnding;
    }

    private void connect() throws IOException {
        Socket socket = new Socket();
        synchronized (this) {
            plain = socket;
        }
        wire.bindTo(socket);
        InetSocketAddress address = Wire.address(name);
        if (address.isUnresolved()) {
            throw new IOException("host " + address.getHostString() + " is not known");
        }
        socket.connect(address, CONNECT_MS);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(HELLO_MS);
        Security.Secured secured = wire.security().secure(socket, true);
        try (FrameStream stream = new FrameStream(secured.socket())) {
            stream.write(wire.own().encode());
            stream.flush();
            Hello other = Hello.decode(stream.read(Hello.MOST_BYTES));
            if (!other.name().equals(name) || !secured.isAt().test(Wire.host(name))) {
                throw new IOException("there is " + other.name() + (other.name().equals(name)
                        ? ", and its certificate is not one of that host" : ", not " + name));
            }
            Optional<String> refusal = wire.met(other);
            if (refusal.isPresent()) {
                throw new IOException(refusal.get());
            }
            if (wire.isTogether(other)) {
                up();
                carry(stream);
            }
        }
    }

    private synchronized void up() {
        isUp = true;
        upSinceNs = wire.nowNs();
        pauseMs = FIRST_PAUSE_MS;
    }

    private synchronized void down() {
        isUp = false;
        waiting.clear();
        waitingBytes = 0;
        Wire.abort(plain);
    }

    private void carry(FrameStream stream) throws IOException {
        while (!isEnding()) {
            for (byte[] frame : next()) {
                stream.write(frame);
            }
            stream.flush();
        }
    }

    /** All that waits, or a pulse. */
    private synchronized List<byte[]> next() throws IOException {
        try {
            if (waiting.isEmpty()) {
                wait(PULSE_MS);
            }
        } catch (InterruptedException e) {
            throw new IOException("it ends", e);
        }
        List<byte[]> frames = new ArrayList<>(waiting);
        waiting.clear();
        waitingBytes = 0;
        return frames.isEmpty() ? List.of(PULSE) : frames;
    }

    private synchronized void pause() {
        try {
            if (!isEnding) {
                wait(pauseMs);
            }
        } catch (InterruptedException e) {
            isEnding = true;
        }
        pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
    }
}
