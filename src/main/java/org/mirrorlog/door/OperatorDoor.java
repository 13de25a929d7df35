package org.mirrorlog.door;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.mirrorlog.posix.Credentials;
import org.mirrorlog.posix.UnixListener;
import org.mirrorlog.posix.UnixStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UNIX socket for those who may change something: root, the daemon's own user, and the members of a group. The kernel
 * says who asks. A request at a time each, {@value #MOST} at a time in all, bounded like those of a {@link Door}.
 */
public final class OperatorDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorDoor.class);
    private static final int MOST = 8;
    private static final int TICK_MS = 500;
    private static final int BUFFER_BYTES = 4096;
    private static final int PIECE_BYTES = 1024;
    /** What a peer goes on sending is thrown away up to here, so that it can read why its request is refused. */
    private static final int MOST_DRAINED_BYTES = 1 << 20;

    private final UnixListener listener;
    private final Handler handler;
    private final LongSupplier clockNs;
    private final Semaphore places = new Semaphore(MOST);

    private OperatorDoor(UnixListener listener, Handler handler, LongSupplier clockNs) {
        this.listener = listener;
        this.handler = handler;
        this.clockNs = clockNs;
    }

    /**
     * Listens until it is closed.
     *
     * @param clockNs never goes back
     * @throws IOException it cannot be bound there, or there is no such group
     */
    public static OperatorDoor open(Path path, Optional<String> group, Handler handler, LongSupplier clockNs)
            throws IOException {
        OperatorDoor door = new OperatorDoor(UnixListener.bind(path, group), handler, clockNs);
        thread(door::work, "mirrorlog-operator").start();
        return door;
    }

    private static Thread thread(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private void work() {
        boolean isFailing = false;
        while (true) {
            try {
                Optional<UnixStream> stream = listener.accept(TICK_MS);
                isFailing = false;
                if (stream.isPresent() && places.tryAcquire()) {
                    begin(stream.get());
                } else {
                    stream.ifPresent(UnixStream::close);
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException e) {
                if (!isFailing) {
                    LOG.warn("the operators' socket goes on after {}", e.toString());
                }
                // Out of descriptors, most likely: whoever waits to be let in still waits.
                isFailing = true;
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(TICK_MS));
            }
        }
    }

    private void begin(UnixStream stream) throws IOException {
        try {
            thread(() -> serve(stream), "mirrorlog-operator-request").start();
        } catch (OutOfMemoryError e) {
            places.release();
            stream.close();
            throw new IOException("there is no thread for a request", e);
        }
    }

    private void serve(UnixStream stream) {
        try (stream) {
            Credentials peer = stream.peer();
            LocalCaller caller = new LocalCaller(peer.uid(), peer.pid(), userName(peer.uid()));
            if (listener.isTrusted(stream)) {
                answer(stream, caller);
            } else {
                LOG.warn("{} was refused at the operators' socket", caller);
                send(stream, HttpReply.error(403, "this is for root and the members of mirrorlog.operator.group")
                        .encoded(false));
                drain(stream, 0); // a stranger is not waited for
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("a connection of the operators' socket ended: {}", e.toString());
        } finally {
            places.release();
        }
    }

    private void answer(UnixStream stream, LocalCaller caller) throws IOException {
        try {
            send(stream, read(stream)
                    .map(request -> answer(request.by(caller)).about(request).encoded(request.isHead()))
                    .orElseGet(() -> HttpReply.error(408, "the request did not arrive in time").encoded(false)));
            drain(stream, 0);
        } catch (BadRequestException e) {
            send(stream, e.reply().encoded(false));
            drain(stream, (int) Limits.USUAL.farewell().toMillis());
        }
    }

    /** Who closes over what has come, and was not read, takes away what the peer has not read yet. */
    private void drain(UnixStream stream, int mostMs) throws IOException {
        stream.endOutput();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        long untilNs = clockNs.getAsLong() + TimeUnit.MILLISECONDS.toNanos(mostMs);
        int received = 1;
        for (int drained = 0; received > 0 && drained < MOST_DRAINED_BYTES; drained += received) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNs - clockNs.getAsLong());
            received = stream.receive(buffer.clear(), (int) Math.max(0, leftMs));
        }
    }

    private Optional<Request> read(UnixStream stream) throws IOException, BadRequestException {
        RequestParser parser = new RequestParser();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        long untilNs = clockNs.getAsLong() + Limits.USUAL.request().toNanos();
        for (long left = untilNs - clockNs.getAsLong(); left > 0; left = untilNs - clockNs.getAsLong()) {
            buffer.clear();
            int received = stream.receive(buffer, (int) TimeUnit.NANOSECONDS.toMillis(left) + 1);
            if (received == 0) {
                throw new IOException("closed by the peer");
            }
            Optional<Request> request = parser.take(buffer.flip());
            if (request.isPresent()) {
                return request;
            }
        }
        return Optional.empty();
    }

    private HttpReply answer(Request request) {
        try {
            return await(handler.handle(request).toCompletableFuture()).orElseGet(() ->
                    HttpReply.error(503, "no answer in time; it may yet be done: look before you ask again"));
        } catch (ExecutionException e) {
            return HttpReply.error(503, "not now: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return HttpReply.error(503, "the daemon ends");
        }
    }

    private Optional<HttpReply> await(CompletableFuture<HttpReply> answer) throws ExecutionException,
            InterruptedException {
        long untilNs = clockNs.getAsLong() + 2 * Limits.USUAL.answer().toNanos();
        while (true) {
            try {
                return Optional.of(answer.get(TICK_MS, TimeUnit.MILLISECONDS));
            } catch (TimeoutException e) {
                if (clockNs.getAsLong() - untilNs >= 0) {
                    return Optional.empty();
                }
            }
        }
    }

    /** All of it has one time limit, however little the peer reads at a time. */
    private void send(UnixStream stream, byte[] answer) throws IOException {
        long untilNs = clockNs.getAsLong() + Limits.USUAL.farewell().toNanos();
        ByteBuffer rest = ByteBuffer.allocateDirect(answer.length).put(answer).flip();
        while (rest.hasRemaining()) {
            long leftNs = untilNs - clockNs.getAsLong();
            if (leftNs <= 0) {
                throw new IOException("the answer was not read in time");
            }
            ByteBuffer piece = rest.slice(rest.position(), Math.min(PIECE_BYTES, rest.remaining()));
            stream.send(piece, (int) TimeUnit.NANOSECONDS.toMillis(leftNs) + 1);
            rest.position(rest.position() + piece.limit());
        }
    }

    private static String userName(int uid) {
        try (var users = Files.lines(Path.of("/etc/passwd"), StandardCharsets.ISO_8859_1)) {
            return users.map(line -> line.split(":")).filter(words -> words.length > 2
                    && words[2].equals(Integer.toString(uid))).map(words -> words[0]).findFirst()
                    .orElse(Integer.toString(uid));
        } catch (IOException e) {
            return Integer.toString(uid);
        }
    }

    @Override
    public void close() {
        listener.close();
    }
}
