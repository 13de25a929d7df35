package org.mirrorlog.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.ClusterSettings;

/**
 * The TCP sockets at which this process listens, as the kernel has them: settings say what is meant to be bound, this
 * says what is.
 */
final class Listeners {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final List<Path> TABLES = List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));
    private static final String LISTENING = "0A";
    private static final int ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;
    private static final int HEXADECIMAL = 16;

    private final Set<Listener> before;

    /**
     * One of them.
     *
     * @param inode which socket
     */
    record Listener(InetAddress address, int port, String inode) {
        @Override
        public String toString() {
            return address.getHostAddress() + ":" + port;
        }
    }

    private Listeners(Set<Listener> before) {
        this.before = before;
    }

    /** Those that were there before a daemon's own, such as an agent's of the JVM, are not looked at. */
    static Listeners before() throws StartException {
        return new Listeners(Set.copyOf(now()));
    }

    /**
     * Refuses what listens beyond loopback without a proof of who asks, or without having been asked for.
     *
     * @param meant ports that others are to reach
     * @throws StartException something does
     */
    void check(ClusterSettings cluster, Collection<Integer> meant) throws StartException {
        List<Listener> open = beyondLoopback();
        if (!open.isEmpty() && cluster.tls().isEmpty() && !cluster.isInsecureAllowed()) {
            throw new StartException("this node listens at " + open + ", beyond loopback, where anybody could join:"
                    + " mirrorlog.cluster.tls is needed (deploy/make-certs), or mirrorlog.cluster.insecure = true");
        }
        List<Listener> odd = open.stream().filter(listener -> !meant.contains(listener.port())).toList();
        if (!odd.isEmpty()) {
            throw new StartException("this node listens at " + odd + ", beyond loopback, which is none of the ports"
                    + " that others are to reach " + new TreeSet<>(meant)
                    + ": remoting, discovery, a replicated journal, management over TLS");
        }
    }

    /** What can be reached from other machines. */
    List<Listener> beyondLoopback() throws StartException {
        return now().stream().filter(listener -> !before.contains(listener))
                .filter(listener -> !listener.address().isLoopbackAddress()).toList();
    }

    static List<Listener> now() throws StartException {
        try {
            Set<String> own = inodes();
            List<Listener> found = new ArrayList<>();
            for (Path table : TABLES) {
                try (Stream<String> lines = Files.lines(table)) {
                    for (String line : lines.skip(1).toList()) {
                        String[] words = line.strip().split("\\s+");
                        if (LISTENING.equals(words[STATE]) && own.contains(words[INODE])) {
                            found.add(listener(words[ADDRESS], words[INODE]));
                        }
                    }
                } catch (NoSuchFileException e) {
                    continue; // a kernel without IPv6
                }
            }
            return found;
        } catch (IOException e) {
            throw new StartException("what this process listens at cannot be found out: " + e, e);
        }
    }

    private static Set<String> inodes() throws IOException {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring("socket:[".length(), target.length() - 1));
                    }
                } catch (NoSuchFileException e) {
                    continue; // closed meanwhile
                }
            }
        }
        return inodes;
    }

    /** An address is words of 32 bits, each as this machine has numbers. */
    private static Listener listener(String text, String inode) throws IOException {
        int colon = text.indexOf(':');
        ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(text.substring(0, colon)));
        ByteBuffer address = ByteBuffer.allocate(words.capacity()).order(ByteOrder.nativeOrder());
        while (words.hasRemaining()) {
            address.putInt(words.getInt());
        }
        return new Listener(InetAddress.getByAddress(address.array()),
                Integer.parseInt(text.substring(colon + 1), HEXADECIMAL), inode);
    }
}
