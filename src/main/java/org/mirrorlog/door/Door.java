package org.mirrorlog.door;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening TCP port with one thread. Whoever holds connections open without asking is driven out by newcomers, of
 * the peer with the most connections first, so that a request that comes at once is always answered.
 */
public final class Door implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Door.class);
    private static final int BACKLOG = 512;
    private static final int READ_BYTES = 4096;
    /** So many are let in before the others are looked after again. */
    private static final int MOST_ACCEPTED_AT_A_TIME = 16;
    private static final long TICK_MS = 100;

    private final Limits limits;
    private final Optional<TlsWork> tls;
    private final Pages pages;
    private final LongSupplier clockNs;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final SelectionKey accepting;
    private final Connections connections = new Connections();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
    private final Thread thread;
    private int answers;
    private long acceptAgainAtNs;
    private volatile boolean isClosed;

    private Door(ServerSocketChannel listener, Place place, Pages pages, LongSupplier clockNs) throws IOException {
        this.listener = listener;
        this.limits = place.limits();
        this.tls = place.tls().map(engines -> new TlsWork(engines, limits.connections(), clockNs));
        this.pages = pages;
        this.clockNs = clockNs;
        this.selector = Selector.open();
        this.accepting = listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
        this.thread = new Thread(this::work, "mirrorlog-door");
        thread.setDaemon(true);
    }

    /**
     * What is behind the door.
     *
     * @param atOnce what the door's own thread answers, whatever else is under way: must neither block nor throw
     * @param feeds answers that go on, as few at a time as the limits say: must neither block nor throw, either
     * @param others everything else
     */
    public record Pages(Function<Request, Optional<HttpReply>> atOnce, Function<Request, Optional<Feed>> feeds,
            Handler others) {
        /** Without answers that go on. */
        public Pages(Function<Request, Optional<HttpReply>> atOnce, Handler others) {
            this(atOnce, request -> Optional.empty(), others);
        }
    }

    /**
     * Where a door is.
     *
     * @param tls engines of the server's side, one for each connection, that demand a certificate; empty: no TLS. May
     *     block: a thread of its own asks for them
     */
    public record Place(InetSocketAddress address, Limits limits, Optional<Supplier<SSLEngine>> tls) { }

    /**
     * Listens, until it is closed.
     *
     * @param clockNs never goes back
     * @throws IOException the address is in use, or is not ours
     */
    public static Door open(InetSocketAddress where, Limits limits, Pages pages, LongSupplier clockNs)
            throws IOException {
        return open(new Place(where, limits, Optional.empty()), pages, clockNs);
    }

    /** The same, with or without TLS. With it each request has a caller. */
    public static Door open(Place place, Pages pages, LongSupplier clockNs) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        try {
            listener.bind(place.address(), BACKLOG);
            Door door = new Door(listener, place, pages, clockNs);
            door.thread.start();
            return door;
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.socket().getLocalSocketAddress();
    }

    private void work() {
        while (!isClosed) {
            try {
                selector.select(TICK_MS);
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    serve(key);
                }
                selector.selectedKeys().clear();
                tellFollowers();
                giveUpWhatIsLate();
            } catch (IOException e) {
                LOG.warn("the management port goes on after {}", e.toString());
                selector.selectedKeys().clear();
            } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
                selector.selectedKeys().clear();
            }
        }
        tellFollowers();
        connections.close();
    }

    private void tellFollowers() {
        for (Connection follower : connections.followers()) {
            try {
                follower.goOn(clockNs.getAsLong(), limits);
            } catch (IOException | RuntimeException e) {
                end(follower);
            }
        }
    }

    private void serve(SelectionKey key) {
        if (key == accepting) {
            accept();
        } else if (key.attachment() instanceof Connection connection) {
            advance(connection);
        }
    }

    private void accept() {
        try {
            for (int i = 0; i < MOST_ACCEPTED_AT_A_TIME; i++) {
                SocketChannel channel = listener.accept();
                if (channel == null) {
                    return;
                }
                admit(channel);
            }
        } catch (IOException e) {
            LOG.debug("a connection was not accepted: {}", e.toString());
            // Out of descriptors, most likely: what is open ends by itself.
            accepting.interestOps(0);
            acceptAgainAtNs = clockNs.getAsLong() + TICK_MS * 1_000_000;
        }
    }

    private void admit(SocketChannel channel) throws IOException {
        if (connections.size() >= limits.connections()) {
            connections.victim().ifPresent(this::end);
        }
        try {
            SelectionKey key = channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            Connection connection = new Connection(channel, key, tls.map(TlsWork::session),
                    clockNs.getAsLong() + limits.request().toNanos());
            key.attach(connection);
            connections.add(connection);
            advance(connection);
        } catch (IOException e) {
            channel.close();
        }
    }

    private void advance(Connection connection) {
        try {
            switch (connection.stage()) {
                case SHAKING_HANDS:
                    shakeHands(connection);
                    break;
                case READING:
                    Optional<Request> request = connection.read(buffer);
                    if (request.isPresent()) {
                        ask(connection, connection.caller().map(request.get()::by).orElse(request.get()));
                    }
                    break;
                case WRITING:
                    connection.write();
                    break;
                case DRAINING, FOLLOWING:
                    if (connection.drain(buffer)) {
                        end(connection);
                    }
                    break;
                default:
                    break;
            }
        } catch (BadRequestException e) {
            answer(connection, e.reply());
        } catch (SSLException e) {
            refuse(connection, e);
        } catch (IOException | CancelledKeyException e) {
            end(connection);
        }
    }

    private void shakeHands(Connection connection) throws IOException {
        switch (connection.shakeHands(buffer)) {
            case WORK -> workOn(connection);
            case DONE -> advance(connection);
            default -> { } // more is to come
        }
    }

    private void workOn(Connection connection) {
        boolean isTaken = tls.orElseThrow().take(connection.tls().orElseThrow(), () -> connection.isOver(), failure -> {
            tasks.add(() -> {
                if (connections.contains(connection)) {
                    failure.ifPresentOrElse(why -> refuse(connection, why), () -> advance(connection));
                }
            });
            selector.wakeup();
        });
        if (!isTaken) {
            end(connection);
        }
    }

    private void refuse(Connection connection, Exception why) {
        LOG.debug("{} is refused: {}", connection.peer(), why.toString());
        if (connection.isListenedTo()) {
            connection.refusing(clockNs.getAsLong() + limits.farewell().toNanos());
            advance(connection);
        } else {
            end(connection);
        }
    }

    private void ask(Connection connection, Request request) {
        Optional<HttpReply> reply = pages.atOnce().apply(request);
        Optional<Feed> feed = reply.isPresent() ? Optional.empty() : pages.feeds().apply(request);
        if (feed.isPresent()) {
            follow(connection, request, feed.get());
            return;
        }
        boolean isBusy = answers >= limits.answers();
        connection.answering(request, reply.isEmpty() && !isBusy, clockNs.getAsLong() + limits.answer().toNanos());
        if (reply.isPresent() || isBusy) {
            answer(connection, reply.orElseGet(() -> HttpReply.error(503, "busy with others; ask again")));
            return;
        }
        answers++;
        try {
            pages.others().handle(request).whenComplete((done, failure) -> {
                tasks.add(() -> answer(connection, failure == null ? done : failed(failure)));
                selector.wakeup();
            });
        } catch (RuntimeException e) {
            answer(connection, failed(e));
        }
    }

    private void follow(Connection connection, Request request, Feed feed) {
        long now = clockNs.getAsLong();
        int most = limits.followers().most();
        if (connections.followers().size() >= most) {
            connection.answering(request, false, now + limits.answer().toNanos());
            answer(connection, HttpReply.error(503, most + " others follow already"));
            return;
        }
        try {
            connection.following(feed, now, limits);
        } catch (IOException | RuntimeException e) {
            end(connection);
        }
    }

    private static HttpReply failed(Throwable failure) {
        LOG.warn("a request was not answered: {}", failure.toString());
        return HttpReply.error(503, "not now: " + failure);
    }

    private void answer(Connection connection, HttpReply reply) {
        if (connection.uncount()) {
            answers--;
        }
        boolean isWaiting = connection.stage() == Connection.Stage.READING
                || connection.stage() == Connection.Stage.ANSWERING;
        if (isWaiting && connections.contains(connection)) {
            try {
                connection.writing(reply, clockNs.getAsLong() + limits.farewell().toNanos());
                advance(connection);
            } catch (IOException e) {
                end(connection);
            }
        }
    }

    private void giveUpWhatIsLate() {
        long now = clockNs.getAsLong();
        if (accepting.interestOps() == 0 && now - acceptAgainAtNs >= 0) {
            accepting.interestOps(SelectionKey.OP_ACCEPT);
        }
        for (Connection connection : connections.late(now)) {
            switch (connection.stage()) {
                case READING -> answer(connection, HttpReply.error(408, "the request did not arrive in time"));
                case ANSWERING -> answer(connection, HttpReply.error(503, "no answer in time; ask again"));
                default -> end(connection);
            }
        }
    }

    /** Where its answer is still under way, that counts until it has come: somebody is at work on it. */
    private void end(Connection connection) {
        connections.remove(connection);
        connection.close();
    }

    /** Ends every connection. Waits for the thread. Idempotent. */
    @Override
    public void close() {
        isClosed = true;
        tls.ifPresent(TlsWork::close);
        selector.wakeup();
        try {
            thread.join(1_000);
            listener.close();
            selector.close();
        } catch (IOException e) {
            LOG.debug("a port did not close: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
