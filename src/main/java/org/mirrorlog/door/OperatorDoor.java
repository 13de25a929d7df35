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
        while (true) {
            try {
                Optional<UnixStream> stream = listener.accept(TICK_MS);
                if (stream.isPresent() && places.tryAcquire()) {
                    thread(() -> serve(stream.get()), "mirrorlog-operator-request").start();
                } else {
                    stream.ifPresent(UnixStream::close);
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException e) {
                LOG.warn("the operators' socket goes on after {}", e.toString());
            }
        }
    }

    private void serve(UnixStream stream) {
        try (stream) {
            Credentials peer = stream.peer();
            Caller caller = new Caller(peer.uid(), peer.pid(), userName(peer.uid()));
            Reply reply;
            if (listener.isTrusted(stream)) {
                reply = read(stream).map(request -> answer(request.by(caller)))
                        .orElseGet(() -> Reply.error(408, "the request did not arrive in time"));
            } else {
                LOG.warn("{} was refused at the operators' socket", caller);
                reply = Reply.error(403, "this is for root and the members of mirrorlog.operator.group");
            }
            send(stream, reply);
        } catch (BadRequestException e) {
            LOG.debug("no request at the operators' socket: {}", e.getMessage());
        } catch (IOException | RuntimeException e) {
            LOG.debug("a connection of the operators' socket ended: {}", e.toString());
        } finally {
            places.release();
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

    private Reply answer(Request request) {
        try {
            return await(handler.handle(request).toCompletableFuture()).orElseGet(() ->
                    Reply.error(503, "no answer in time; it may yet be done: look before you ask again"));
        } catch (ExecutionException e) {
            return Reply.error(503, "not now: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Reply.error(503, "the daemon ends");
        }
    }

    private Optional<Reply> await(CompletableFuture<Reply> answer) throws ExecutionException, InterruptedException {
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

    private static void send(UnixStream stream, Reply reply) throws IOException {
        byte[] bytes = reply.encoded(false);
        stream.send(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(),
                (int) Limits.USUAL.farewell().toMillis());
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
