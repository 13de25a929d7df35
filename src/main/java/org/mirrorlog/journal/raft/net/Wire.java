package org.mirrorlog.journal.raft.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.raft.Outbox;

/**
 * Carries frames between the members, each in order and at most once: two members, two connections, one for each
 * direction. Frames are carried between members of one group only; before there is one, connections serve to meet.
 *
 * <p>All methods may be called from any thread.
 */
public final class Wire implements Outbox, AutoCloseable {

    /** Connections that have not said who they are, and those of members. */
    private static final int MOST_INCOMING = 64;
    /** With those that were told to go and are not gone. */
    private static final int MOST_OPEN = 2 * MOST_INCOMING;
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration SILENT = Duration.ofSeconds(5);
    private static final Duration STRANGER = Duration.ofSeconds(10);

    /**
     * Who meets whom.
     *
     * @param name this member: host and port, where it listens
     * @param members all of them
     */
    public record Place(String name, List<String> members) {

        /** Copies the list. */
        public Place {
            members = List.copyOf(members);
        }
    }

    /** What happens on a wire; called by its threads. */
    public interface Listener {

        /**
         * What this member says of itself now; may wait for the disk.
         *
         * @throws IOException if nobody may hear of it
         */
        Hello own() throws IOException;

        /** The group that this member takes part in; "": none yet. */
        String group();

        /**
         * Another member has said who it is; may wait for the disk.
         *
         * @return why nothing is to be had to do with it; empty: it is welcome
         */
        Optional<String> met(Hello other);

        /**
         * A frame has come.
         *
         * @param done to be called once it is worked on; until then not much more is read
         */
        void received(String from, byte[] frame, Runnable done);

        /** A connection could not be made, or has ended. */
        void troubled(String with, Exception why);
    }

    private final Place place;
    private final Security security;
    private final Listener listener;
    private final LongSupplier nanoClock;
    private final ServerSocket server;
    private final Map<String, Outgoing> outgoing = new LinkedHashMap<>();
    private final Set<Incoming> incoming = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> heardNs = new ConcurrentHashMap<>();
    private final Thread accepting = new Thread(this::accept, "mirrorlog-journal-accept");
    private final Thread watching = new Thread(this::watch, "mirrorlog-journal-watch");
    private volatile boolean isClosed;

    private Wire(Place place, Security security, Listener listener, LongSupplier nanoClock) throws IOException {
        this.place = place;
        this.security = security;
        this.listener = listener;
        this.nanoClock = nanoClock;
        this.server = new ServerSocket();
        server.setReuseAddress(true);
        try {
            server.bind(address(place.name()));
        } catch (IOException | IllegalArgumentException e) {
            server.close();
            throw new IOException(place.name() + " cannot be listened at (" + e.getMessage() + ")", e);
        }
        place.members().stream().filter(this::isOther).forEach(name -> outgoing.put(name, new Outgoing(this, name)));
    }

    /**
     * Listens, and connects to all others.
     *
     * @throws IOException if it cannot listen
     */
    public static Wire open(Place place, Security security, Listener listener, LongSupplier nanoClock)
            throws IOException {
        Wire wire = new Wire(place, security, listener, nanoClock);
        wire.accepting.setDaemon(true);
        wire.accepting.start();
        wire.watching.setDaemon(true);
        wire.watching.start();
        wire.outgoing.values().forEach(Outgoing::start);
        return wire;
    }

    @Override
    public void send(String to, byte[] message) {
        Outgoing line = outgoing.get(to);
        if (line != null) {
            line.send(message);
        }
    }

    /** How many frames were lost since nobody could take them. */
    public long lost() {
        return outgoing.values().stream().mapToLong(Outgoing::lost).sum();
    }

    /** Members that can be sent something now. */
    public List<String> within() {
        return outgoing.entrySet().stream().filter(line -> line.getValue().isUp()).map(Map.Entry::getKey).toList();
    }

    private void accept() {
        while (!isClosed) {
            try {
                take(server.accept());
            } catch (IOException | RuntimeException e) {
                if (!isClosed) {
                    troubled(place.name(), e);
                    LockSupport.parkNanos(this, LOOK.toNanos());
                }
            }
        }
    }

    private void take(Socket socket) {
        if (isClosed || incoming.size() >= MOST_INCOMING && !makePlace()) {
            abort(socket);
            return;
        }
        Incoming connection = new Incoming(this, socket);
        incoming.add(connection);
        connection.start();
    }

    /** Whoever says nothing keeps no member out: the oldest that has not said who it is goes. */
    private boolean makePlace() {
        Optional<Incoming> oldest = incoming.size() >= MOST_OPEN ? Optional.empty()
                : incoming.stream().filter(Incoming::isStranger).min(Incoming::byAge);
        oldest.ifPresent(Incoming::abort);
        return oldest.isPresent();
    }

    /** Ends what hangs: a network that swallows everything tells nobody. */
    private void watch() {
        while (!isClosed) {
            LockSupport.parkNanos(this, LOOK.toNanos());
            long now = nowNs();
            incoming.stream().filter(one -> one.isStrangerSince(now - STRANGER.toNanos())).forEach(Incoming::abort);
            outgoing.forEach((name, line) -> {
                Long heard = heardNs.get(name);
                if (heard == null || heard - (now - SILENT.toNanos()) < 0) {
                    line.abortIfUpBefore(now - SILENT.toNanos());
                }
            });
        }
    }

    /** Nothing is carried any more, at once. Idempotent. */
    @Override
    public void close() {
        isClosed = true;
        try {
            server.close();
        } catch (IOException e) {
            troubled(place.name(), e);
        }
        outgoing.values().forEach(Outgoing::end);
        incoming.forEach(Incoming::abort);
        LockSupport.unpark(watching);
        try {
            // Until then the port may be in use.
            accepting.join(LOOK.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // --- for its connections --------------------------------------------------------------------------------------

    Security security() {
        return security;
    }

    long nowNs() {
        return nanoClock.getAsLong();
    }

    Hello own() throws IOException {
        return listener.own();
    }

    Optional<String> met(Hello other) {
        return listener.met(other);
    }

    /** Whether frames may be carried. */
    boolean isTogether(Hello other) {
        String group = listener.group();
        return !isClosed && !group.isEmpty() && group.equals(other.group());
    }

    boolean isOther(String name) {
        return !name.equals(place.name()) && place.members().contains(name);
    }

    /** Two connections from one member would mix their frames. */
    void takePlace(Incoming connection) {
        incoming.stream().filter(other -> other != connection && other.from().equals(connection.from()))
                .forEach(Incoming::abort);
        heard(connection.from());
    }

    void heard(String from) {
        heardNs.put(from, nowNs());
    }

    void received(String from, byte[] frame, Runnable done) {
        if (!isClosed) {
            listener.received(from, frame, done);
        }
    }

    void ended(Incoming connection) {
        incoming.remove(connection);
    }

    void troubled(String with, Exception why) {
        if (!isClosed) {
            listener.troubled(with, why);
        }
    }

    /** On loopback each member speaks from its own address. */
    void bindTo(Socket socket) throws IOException {
        InetAddress own = address(place.name()).getAddress();
        if (own != null && own.isLoopbackAddress()) {
            socket.bind(new InetSocketAddress(own, 0));
        }
    }

    static String host(String name) {
        return name.substring(0, name.lastIndexOf(':')).replaceAll("[\\[\\]]", "");
    }

    static InetSocketAddress address(String name) {
        return new InetSocketAddress(host(name), Integer.parseInt(name.substring(name.lastIndexOf(':') + 1)));
    }

    /** Closes the connection itself: closing TLS in order could wait for the other side. */
    static void abort(Socket plain) {
        try {
            if (plain != null) {
                plain.close();
            }
        } catch (IOException e) {
            // Closed is all it can be; nothing is to be had from it any more.
            Thread.yield();
        }
    }
}
