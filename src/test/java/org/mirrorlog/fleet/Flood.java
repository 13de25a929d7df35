package org.mirrorlog.fleet;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Connections to the doors of a fleet, many at a time, of somebody who means no good or is broken. */
final class Flood implements Closeable {
    private static final int MANAGEMENT_PORT = 8558;
    private static final int ARTERY_PORT = 25520;
    /** More than the management port lets in. */
    private static final int MANY = 100;
    private static final int SLOW_BYTES = 20;

    private final List<SocketChannel> connections = new ArrayList<>();

    private Flood() {
    }

    /** Machines write on and probes are answered while many connections of each sort are open, and some ask slowly. */
    static void befall(Fleet fleet) throws IOException {
        try (Flood flood = new Flood()) {
            for (FleetNode node : fleet.nodes()) {
                SocketAddress management = new InetSocketAddress(node.host(), MANAGEMENT_PORT);
                flood.connect(management, "");
                flood.connect(management, "GET /ready HTTP/1.1\r\nHost: localhost\r\n");
                flood.connect(new InetSocketAddress(node.host(), ARTERY_PORT), "AKKA");
                flood.connect(UnixDomainSocketAddress.of(node.dataDir().resolve("operator.sock")),
                        "POST /mirrorlog/deaths HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n{");
            }
            for (int i = 0; i < SLOW_BYTES; i++) {
                flood.say("x");
                fleet.awaitWrites(Trouble.SOME / 4);
            }
            fleet.nodes().forEach(node -> fleet.await("/ready of " + node.name() + " amid a flood", node::isReady));
            fleet.awaitWrites(Trouble.SOME);
        }
    }

    private void connect(SocketAddress to, String first) throws IOException {
        for (int i = 0; i < MANY; i++) {
            SocketChannel connection = to instanceof UnixDomainSocketAddress
                    ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
            connections.add(connection);
            connection.connect(to);
            connection.configureBlocking(false);
            say(connection, first);
        }
    }

    private void say(String more) throws IOException {
        for (SocketChannel connection : connections) {
            say(connection, more);
        }
    }

    private static void say(SocketChannel connection, String text) throws IOException {
        if (!connection.isOpen()) {
            return;
        }
        try {
            connection.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            connection.close(); // driven out by now
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }
}
