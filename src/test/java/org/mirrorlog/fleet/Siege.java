package org.mirrorlog.fleet;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a neighbour who means no good, or is broken, does to a stream listener of a daemon, while machines write one
 * mirror. {@link #lay} fails unless they write on, no request waits for a second copy of itself, probes are answered
 * throughout, and the daemon's sockets are as many afterwards as before. For one thread.
 */
final class Siege implements Closeable {
    /** More than the management port lets in. */
    private static final int MANY = 150;
    private static final int SLOW_BYTES = 12;
    private static final int SOME_WRITES = 10;
    private static final int OVERSIZED_BYTES = 1 << 20;
    private static final int MOST_REFUSALS = 100;
    private static final int LONGEST_NOISE_BYTES = 300;
    private static final String PROBE = "GET /ready HTTP/1.1\r\nHost: localhost\r\n";
    private static final String ORDER =
            "POST /mirrorlog/deaths HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n{";
    private static final int SEED = 15;

    /**
     * Where it is laid to.
     *
     * @param half the beginning of what it understands
     * @param whole what it answers to; empty if nobody may ask without more
     */
    record Gate(String name, SocketAddress address, byte[] half, byte[] whole) {
        static Gate management(FleetNode node) {
            return http(node, "management port", 8558, "/mirrorlog/counters");
        }

        static Gate contactPoint(FleetNode node) {
            return http(node, "contact point", 25521, "/bootstrap/seed-nodes");
        }

        private static Gate http(FleetNode node, String name, int port, String page) {
            return new Gate(name, new InetSocketAddress(node.host(), port), bytes(PROBE),
                    bytes("GET " + page + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }

        static Gate operators(FleetNode node) {
            return new Gate("operators' socket", UnixDomainSocketAddress.of(node.dataDir().resolve("operator.sock")),
                    bytes(ORDER), bytes("GET /mirrorlog/logs HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }

        static Gate remoting(FleetNode node) {
            return new Gate("remoting port", new InetSocketAddress(node.host(), 25520), bytes("AKKA"), new byte[0]);
        }

        /** The beginning is a record of a handshake that announces more than it brings. */
        static Gate remotingWithTls(FleetNode node) {
            return new Gate("remoting port with TLS", new InetSocketAddress(node.host(), 25520),
                    new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}, new byte[0]);
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private final Fleet fleet;
    private final Random random = new Random(SEED);
    private final List<SocketChannel> open = new ArrayList<>();

    private Siege(Fleet fleet) {
        this.fleet = fleet;
    }

    /** One after the other to each of these. */
    static void lay(Fleet fleet, Gate... gates) throws IOException {
        for (Gate gate : gates) {
            try (Watch watch = Watch.over(fleet)) {
                try (Siege siege = new Siege(fleet)) {
                    siege.lay(gate);
                }
                watch.end("a siege of the " + gate.name());
            }
        }
    }

    private void lay(Gate gate) throws IOException {
        many(gate, new byte[0]);
        goOn();
        many(gate, gate.half());
        for (int i = 0; i < SLOW_BYTES; i++) {
            for (SocketChannel connection : open) {
                write(connection, new byte[] {'x'});
            }
        }
        goOn();
        many(gate, gate.whole()); // and nobody reads what is answered
        goOn();
        for (int i = 0; i < 4; i++) {
            oversized(connect(gate), gate.half());
        }
        goOn();
        for (int i = 0; i < MANY; i++) {
            byte[] noise = new byte[1 + random.nextInt(LONGEST_NOISE_BYTES)];
            random.nextBytes(noise);
            write(connect(gate), noise);
        }
        goOn();
        leave(gate);
        goOn();
    }

    private void goOn() {
        fleet.awaitWrites(SOME_WRITES);
    }

    private void many(Gate gate, byte[] first) throws IOException {
        for (int i = 0; i < MANY; i++) {
            write(connect(gate), first);
        }
    }

    private SocketChannel connect(Gate gate) throws IOException {
        boolean isUnix = gate.address() instanceof UnixDomainSocketAddress;
        SocketChannel connection = isUnix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        open.add(connection);
        connection.connect(gate.address());
        connection.configureBlocking(false);
        return connection;
    }

    /** As much as goes at once. */
    private static int write(SocketChannel connection, byte[] bytes) throws IOException {
        if (!connection.isOpen()) {
            return -1;
        }
        try {
            return connection.write(ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            connection.close(); // driven out by now
            return -1;
        }
    }

    private static void oversized(SocketChannel connection, byte[] half) throws IOException {
        byte[] more = new byte[4096];
        java.util.Arrays.fill(more, (byte) 'x');
        int sent = write(connection, half);
        for (int refused = 0; sent >= 0 && sent < OVERSIZED_BYTES && refused < MOST_REFUSALS;) {
            int now = write(connection, more);
            if (now < 0) {
                return;
            }
            refused = now == 0 ? refused + 1 : 0;
            sent += now;
        }
    }

    /** Some say that they have no more to say, some vanish. */
    private void leave(Gate gate) throws IOException {
        for (int i = 0; i < MANY; i++) {
            SocketChannel connection = connect(gate);
            write(connection, i % 2 == 0 ? gate.half() : gate.whole());
            if (connection.isOpen() && i % 3 == 0) {
                connection.shutdownOutput();
            } else if (connection.isOpen() && gate.address() instanceof InetSocketAddress) {
                connection.setOption(StandardSocketOptions.SO_LINGER, 0);
                connection.close();
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel connection : open) {
            connection.close();
        }
    }
}
