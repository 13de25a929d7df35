package org.mirrorlog.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.mirrorlog.Commands;

/**
 * Addresses on loopback that no other fleet of this machine uses, and walls between them. A wall lets packets vanish,
 * in both directions, on connections that exist as well; it is made of policy routing rules and so needs root.
 */
public final class LoopbackNet implements AutoCloseable {
    private static final int ARTERY_PORT = 25520;
    private static final int READ_MS = 2_000;
    /** As many as any fleet has. */
    private static final int NODES = 5;
    private static final int WALLS = 50;
    private static final int LOCAL = 100;
    /** Held while rules change: another process of tests may build walls at the same time. */
    private static final Path ROUTING = Path.of(System.getProperty("java.io.tmpdir"), "mirrorlog-loopback-routing");

    private final String prefix;
    private final List<List<String>> walls = new ArrayList<>();
    private boolean isRouting;

    private LoopbackNet(String prefix) {
        this.prefix = prefix;
    }

    public static LoopbackNet take() {
        long pid = ProcessHandle.current().pid();
        for (int i = 0; i < 50; i++) {
            String prefix = "127." + (1 + (pid >> 6) % 250) + '.' + (1 + (pid * 4 + i) % 250) + '.';
            if (IntStream.rangeClosed(1, NODES).allMatch(node -> isFree(prefix + node))) {
                return new LoopbackNet(prefix);
            }
        }
        throw new AssertionError("no free loopback addresses");
    }

    private static boolean isFree(String host) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(host, ARTERY_PORT));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The address of the fleet's node number {@code i}, from 1. */
    public String host(int i) {
        return prefix + i;
    }

    public static String endpoint(String host) {
        return host + ':' + ARTERY_PORT;
    }

    /** Sends these bytes to a node's port, as far as it takes them. */
    void send(String host, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(host, ARTERY_PORT)) {
            socket.setSoTimeout(READ_MS);
            try {
                socket.getOutputStream().write(bytes);
                socket.getInputStream().read();
            } catch (SocketException | SocketTimeoutException e) {
                // It has hung up, or says nothing: both are fine.
                return;
            }
        }
    }

    /** From now on these two do not hear each other. */
    void wall(String a, String b) {
        alone(() -> build(a, b));
    }

    private void build(String a, String b) {
        // The rule that finds local addresses is the first one by default: nothing could come before it.
        if (!ip("rule", "show", "pref", Integer.toString(LOCAL)).contains("lookup local")) {
            Assumptions.assumeTrue(tryIp("rule", "add", "pref", Integer.toString(LOCAL), "lookup", "local"),
                    "no policy routing here (needs root and ip): partitions are skipped");
            ip("rule", "del", "pref", "0");
        }
        isRouting = true;
        for (List<String> pair : List.of(List.of(a, b), List.of(b, a))) {
            ip("rule", "add", "pref", Integer.toString(WALLS), "from", pair.get(0), "to", pair.get(1), "blackhole");
            walls.add(pair);
        }
    }

    /** All walls fall. */
    void heal() {
        for (List<String> pair : walls) {
            ip("rule", "del", "pref", Integer.toString(WALLS), "from", pair.get(0), "to", pair.get(1), "blackhole");
        }
        walls.clear();
    }

    /** Routing is again as it was, unless another fleet has walls now. */
    @Override
    public void close() {
        heal();
        if (isRouting) {
            alone(LoopbackNet::restoreRouting);
        }
    }

    private static void restoreRouting() {
        if (ip("rule", "show").contains("lookup local")
                && ip("rule", "show", "pref", Integer.toString(WALLS)).isBlank()
                && !ip("rule", "show", "pref", Integer.toString(LOCAL)).isBlank()) {
            ip("rule", "add", "pref", "0", "lookup", "local");
            ip("rule", "del", "pref", Integer.toString(LOCAL));
        }
    }

    private static void alone(Runnable change) {
        try (FileChannel file = FileChannel.open(ROUTING, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.lock();
            change.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean tryIp(String... words) {
        try {
            ip(words);
            return true;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private static String ip(String... words) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(words));
        try {
            return Commands.run(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
