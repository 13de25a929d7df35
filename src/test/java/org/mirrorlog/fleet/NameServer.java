package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A DNS server on loopback, Debian's dnsmasq, that knows a service and the hosts that offer it. */
final class NameServer implements Closeable {
    static final String DOMAIN = "mirror.test";
    private static final int PORT = 5355;
    private static final long END_S = 10;

    private final String host;
    private final Process process;

    private NameServer(String host, Process process) {
        this.host = host;
        this.process = process;
    }

    /**
     * Skips the test where the program is missing.
     *
     * @param host where it listens
     * @param service as in {@code _service._tcp} of its domain: SRV records of {@code n1, n2, ...}; that domain's
     *     address records are theirs, too
     */
    static NameServer start(String host, String service, int port, List<String> addresses) {
        Path program = Path.of("/usr/sbin/dnsmasq");
        assumeTrue(Files.isExecutable(program), "package dnsmasq-base is not installed");
        List<String> command = new ArrayList<>(List.of(program.toString(), "--keep-in-foreground",
                "--conf-file=/dev/null", "--user=root", "--pid-file=", "--no-resolv", "--no-hosts",
                "--bind-interfaces", "--listen-address=" + host, "--port=" + PORT));
        for (int i = 0; i < addresses.size(); i++) {
            String name = name(i + 1);
            command.add("--host-record=" + name + ',' + addresses.get(i));
            command.add("--host-record=" + DOMAIN + ',' + addresses.get(i));
            command.add("--srv-host=_" + service + "._tcp." + DOMAIN + ',' + name + ',' + port);
        }
        try {
            return new NameServer(host, new ProcessBuilder(command).inheritIO().start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same names as a file, for a JVM's own look-ups ({@code jdk.net.hosts.file}). */
    static Path hostsFile(List<String> addresses) {
        List<String> lines = new ArrayList<>();
        for (String address : addresses) {
            lines.add(address + ' ' + name(lines.size() + 1));
        }
        try {
            Path file = Files.createTempFile("hosts", null);
            file.toFile().deleteOnExit();
            return Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(int number) {
        return "n" + number + '.' + DOMAIN;
    }

    /** As Akka is told of it. */
    String endpoint() {
        return host + ':' + PORT;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
