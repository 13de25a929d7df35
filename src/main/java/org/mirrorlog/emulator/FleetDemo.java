package org.mirrorlog.emulator;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Three machines with one mirror, whose daemons keep the journal among themselves; one of them is lost, as by a power
 * cut, and its death declared. Daemons are processes, at loopback addresses of their own. For one thread.
 */
final class FleetDemo implements AutoCloseable {
    private static final int WRITERS = 4;
    /** So many more on each machine that is left, and it can be said that writes go on. */
    private static final int PROOF = 20;
    private static final long START_MS = 240_000;
    private static final long LOSS_MS = 240_000;
    private static final long EVER_MS = TimeUnit.DAYS.toMillis(3650);
    private static final String REMOVED = "NODE_REMOVED_NOT_FENCED";
    private static final int[] PORTS = {25520, 25522, 8558};
    private static final int NETS = 250;
    private static final Pattern OWNER = Pattern.compile("\"owner\":\"([^\"]+)\"");

    /** A machine. */
    private record Node(String name, String host, String bootId, DaemonProcess daemon, Path socket) {
        URI pages() {
            return URI.create("http://" + host + ":8558/");
        }
    }

    private final Screen screen;
    private final DemoOptions options;
    private final Path directory;
    /** Those that are left; read by who cleans up, too. */
    private final List<Node> nodes = new CopyOnWriteArrayList<>();
    private final Thread cleaner = new Thread(this::cleanUp, "daemons-killer");

    /**
     * Starts nothing yet.
     *
     * @param directory for all files; removed if this process is ended by a signal
     */
    FleetDemo(Screen screen, DemoOptions options, Path directory) throws IOException {
        this.screen = screen;
        this.options = options;
        this.directory = directory;
        String net = freeNet();
        List<String> hosts = IntStream.rangeClosed(1, options.fleet().nodes()).mapToObj(i -> net + i).toList();
        for (int i = 1; i <= hosts.size(); i++) {
            Path own = Files.createDirectory(directory.resolve("node-" + i));
            List<String> command = new ArrayList<>(options.command());
            command.addAll(settings(i, hosts, own));
            nodes.add(new Node("node-" + i, hosts.get(i - 1), bootId(i), new DaemonProcess(command, own,
                    own.resolve("kernel"), Map.of("MIRRORLOG_HEAP", "128m", "MIRRORLOG_JVM",
                            "-XX:TieredStopAtLevel=1")), own.resolve("kernel")));
        }
        Runtime.getRuntime().addShutdownHook(cleaner);
    }

    private String bootId(int i) {
        return "boot-of-node-" + i + '-' + directory.getFileName();
    }

    /** Three addresses on loopback whose ports nobody uses. */
    private static String freeNet() throws IOException {
        for (int i = 1; i <= NETS; i++) {
            String net = "127.0." + i + '.';
            if (IntStream.rangeClosed(1, DemoOptions.NODES).allMatch(node -> isFree(net + node))) {
                return net;
            }
        }
        throw new IOException("no loopback address has the TCP ports 8558, 25520 and 25522 free");
    }

    private static boolean isFree(String host) {
        for (int port : PORTS) {
            try (ServerSocket probe = new ServerSocket()) {
                probe.bind(new InetSocketAddress(host, port));
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    private List<String> settings(int i, List<String> hosts, Path own) {
        String host = hosts.get(i - 1);
        return List.of("-Dmirrorlog.node-name=node-" + i, "-Dmirrorlog.machine-id=machine-" + i,
                "-Dmirrorlog.data-dir=" + own.resolve("data"),
                "-Dmirrorlog.cluster.host=" + host, "-Dmirrorlog.cluster.port=25520",
                "-Dmirrorlog.cluster.seeds=" + joined(hosts, 25520), "-Dmirrorlog.journal=replicated",
                "-Dmirrorlog.replicated.members=" + joined(hosts, 25522),
                "-Dmirrorlog.kernel.connector=unix", "-Dmirrorlog.kernel.unix-path=" + own.resolve("kernel"),
                "-Dmirrorlog.kernel.boot-id=" + bootId(i), "-Dmirrorlog.memory.lock=false",
                "-Dmirrorlog.memory.io-flusher=false", "-Dmirrorlog.memory.oom-score-adjust=0",
                "-Dakka.management.http.hostname=" + host, "-Dakka.management.http.bind-hostname=" + host,
                "-Dakka.management.http.port=8558");
    }

    private static String joined(List<String> hosts, int port) {
        return hosts.stream().map(host -> host + ':' + port).collect(Collectors.joining(","));
    }

    /** True if all went well and the legs are equal wherever the log says so. */
    boolean run() throws IOException, InterruptedException {
        startDaemons();
        try (SharedMirror mirror = new SharedMirror(screen, options, "LVM-demo")) {
            for (Node node : nodes) {
                mirror.add(node.name(), new KernelClient(new EmulatedMachine(node.bootId()), node.socket()));
            }
            mirror.activate();
            Node owner = owner(mirror, nodes);
            Node other = nodes.stream().filter(node -> node != owner).findFirst().orElseThrow();
            screen.line("browser", other.pages() + " shows all of it, as " + other.name() + " sees it");
            mirror.startWriting(WRITERS);
            mirror.write(TimeUnit.SECONDS.toMillis(options.seconds()) / 2);
            Node lost = options.isKept() ? awaitLoss(mirror, owner) : kill(owner);
            boolean isGood = goOnWithout(lost, mirror);
            if (options.isKept()) {
                keep(mirror);
            }
            mirror.remove();
            return isGood;
        }
    }

    private void startDaemons() throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        for (Node node : nodes) {
            node.daemon().start();
        }
        for (Node node : nodes) {
            while (node.daemon().management().isEmpty()) {
                node.daemon().isReady();
                if (System.nanoTime() - startNs > TimeUnit.MILLISECONDS.toNanos(START_MS)) {
                    throw new IOException(node.name() + " is not ready after " + START_MS / 1000 + " s:\n"
                            + node.daemon().tail());
                }
                if (screen.isDue()) {
                    screen.progress("daemons", "three of them, without a database: starting, "
                            + Screen.seconds(startNs));
                }
                Thread.sleep(50);
            }
        }
        screen.line("daemons", "three of them, without a database, ready after " + Screen.seconds(startNs));
        nodes.forEach(node -> screen.line(node.name(), node.pages() + "  pid " + node.daemon().pid()));
    }

    /** The machine whose daemon owns the log, as the first of these says. */
    private Node owner(SharedMirror mirror, List<Node> asked) throws IOException {
        Node[] found = {null};
        PolledPage logs = new PolledPage(asked.get(0).pages().resolve("/mirrorlog/logs"));
        mirror.await("the log to have an owner", LOSS_MS, () -> {
            Matcher owner = OWNER.matcher(logs.latest());
            found[0] = owner.find() ? asked.stream().filter(node -> node.name().equals(owner.group(1))).findFirst()
                    .orElse(null) : null;
            return found[0] != null;
        });
        return found[0];
    }

    private Node awaitLoss(SharedMirror mirror, Node owner) throws IOException {
        screen.line("lose one", "kill -9 " + owner.daemon().pid() + " in another terminal cuts the power of "
                + owner.name() + ", which owns the log");
        mirror.turnUntil(() -> nodes.stream().anyMatch(node -> !node.daemon().isAlive()), EVER_MS);
        return nodes.stream().filter(node -> !node.daemon().isAlive()).findFirst().orElseThrow();
    }

    private Node kill(Node owner) throws InterruptedException {
        owner.daemon().kill();
        return owner;
    }

    /** From the loss of a machine to legs that are equal again. */
    private boolean goOnWithout(Node lost, SharedMirror mirror) throws IOException, InterruptedException {
        long lostNs = System.nanoTime();
        nodes.remove(lost);
        mirror.lose(lost.name());
        mirror.resetLatency();
        screen.line("lost", lost.name() + " has no power any more, in the middle of its writes; its daemon "
                + lost.daemon().pid() + " is gone");
        long before = mirror.fewestEnded();
        Node next = owner(mirror, nodes);
        mirror.await("writes to go on", LOSS_MS, () -> mirror.fewestEnded() >= before + PROOF);
        screen.line("goes on", String.format("%s owns the log; writes of the others waited for %.1f s at most",
                next.name(), mirror.longestMs() / 1e3));
        PolledPage health = new PolledPage(next.pages().resolve("/mirrorlog/health"));
        mirror.await(lost.name() + " to be removed", LOSS_MS, () -> health.latest().contains(REMOVED));
        List<String> confirm = List.of(options.fleet().ctl(), "--url=" + next.pages(), "fence-confirm", lost.name(),
                "--yes", "--power-is-off");
        screen.line("undecided", "the cluster has removed it after " + Screen.seconds(lostNs) + " ("
                + REMOVED + "); what it was writing stays marked until somebody says that it is off:");
        screen.line("", String.join(" ", confirm));
        if (!options.isKept()) {
            mirror.write(TimeUnit.SECONDS.toMillis(options.seconds()) / 2);
            confirm(confirm);
        }
        awaitDeath(mirror, new PolledPage(next.pages().resolve("/mirrorlog/nodes")), lost);
        PolledPage logs = new PolledPage(next.pages().resolve("/mirrorlog/logs"));
        mirror.await("the log to have heard of the death", LOSS_MS, () -> logs.latest().contains("\"uuid\"")
                && !logs.latest().contains('"' + lost.name() + '"'));
        screen.line("dead", lost.name() + " is declared dead; the others suspend and resume the mirror, and what it was"
                + " writing is copied");
        mirror.reactivate();
        mirror.stopWriting();
        return mirror.compare();
    }

    /** Until a person says what became of it, for as long as that takes. */
    private void awaitDeath(SharedMirror mirror, PolledPage known, Node lost) throws IOException {
        Pattern dead = Pattern.compile("\"bootId\":\"" + Pattern.quote(lost.bootId()) + "\"[^}]*?\"state\":\"dead\"");
        mirror.await(lost.name() + " to be dead", options.isKept() ? EVER_MS : LOSS_MS,
                () -> dead.matcher(known.latest()).find());
    }

    private void confirm(List<String> command) throws IOException, InterruptedException {
        Process ctl = new ProcessBuilder(command).redirectErrorStream(true).start();
        ctl.getOutputStream().close();
        String said = new String(ctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int status = ctl.waitFor();
        said.lines().forEach(line -> screen.line("", line));
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " ended with status " + status);
        }
    }

    /** Writes on as long as this process lives, and the daemons that are left. */
    private void keep(SharedMirror mirror) throws IOException {
        screen.line("keep", "goes on writing on " + String.join(" and ", mirror.names()) + " until Ctrl-C");
        mirror.startWriting(1);
        mirror.turnUntil(() -> nodes.stream().anyMatch(node -> !node.daemon().isAlive()), EVER_MS);
        throw new IOException("two machines of three are lost: nothing new can be written without a second one");
    }

    /** This process goes down by a signal. */
    private void cleanUp() {
        nodes.forEach(node -> node.daemon().cleanUp());
        DaemonProcess.deleteTree(directory);
    }

    @Override
    public void close() {
        nodes.forEach(node -> node.daemon().close());
        try {
            Runtime.getRuntime().removeShutdownHook(cleaner);
        } catch (IllegalStateException e) {
            // This process is going down already: the hook runs anyway and finds nothing to kill.
            nodes.clear();
        }
    }
}
