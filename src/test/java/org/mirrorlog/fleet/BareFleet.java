package org.mirrorlog.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mirrorlog.Commands;
import org.mirrorlog.journal.postgres.CuttingProxy;
import org.mirrorlog.journal.postgres.PostgresServer;

/**
 * Daemons as processes over one PostgreSQL, without kernels: for who starts, and with whom. Nodes count from 1 and are
 * made when they are first named; nobody is started by itself. For one thread.
 */
final class BareFleet implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String LIVING = " WHERE name = 'cluster' AND until > now()";

    private final Path directory;
    private final PostgresServer server;
    private final CuttingProxy proxy;
    private final LoopbackNet net = LoopbackNet.take();
    private final Map<Integer, FleetNode> nodes = new TreeMap<>();
    private final String database;
    private final Thread cleaner = new Thread(this::killAll, "bare-fleet-cleaner");

    private BareFleet(PostgresServer server, String database) throws IOException {
        this.server = server;
        this.database = database;
        this.proxy = new CuttingProxy(server.port());
        this.directory = Files.createTempDirectory("bare-fleet");
        Runtime.getRuntime().addShutdownHook(cleaner);
    }

    static BareFleet start() throws Exception {
        PostgresServer server = PostgresServer.start();
        try {
            return new BareFleet(server, server.database());
        } catch (IOException | SQLException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void killAll() {
        nodes.values().forEach(FleetNode::close);
        net.close();
    }

    /** All are killed, and the journal knows of no cluster. */
    void reset() throws SQLException {
        killAll();
        nodes.clear();
        sql("DELETE FROM mirrorlog.leases");
    }

    FleetNode node(int i) {
        return node(i, 1, 2, 3);
    }

    /** One with these seeds, in this order, if it is named for the first time. */
    FleetNode node(int i, int... seeds) {
        return nodes.computeIfAbsent(i, number -> new FleetNode(net.host(i), directory, settings(i, seeds), Map.of()));
    }

    /** The next time that it is named it may have other seeds. It has ended. */
    void forget(int i) {
        nodes.remove(i).close();
    }

    private List<String> settings(int i, int... seeds) {
        return List.of("-Dconfig.file=deploy/cluster/loopback.conf", "-Dloopback.dir=" + directory,
                "-Dmirrorlog.postgres.url=" + PostgresServer.url(proxy.port(), database),
                "-Dmirrorlog.cluster.host=" + net.host(i),
                "-Dmirrorlog.cluster.seeds=" + IntStream.of(seeds).mapToObj(net::host).map(LoopbackNet::endpoint)
                        .collect(Collectors.joining(",")));
    }

    void begin(int... which) {
        IntStream.of(which).forEach(i -> node(i).start());
    }

    void kill(int... which) {
        IntStream.of(which).forEach(i -> node(i).kill());
    }

    /** Waits until these are members of one cluster, and nobody else is. */
    void awaitOneClusterOf(int... which) {
        for (int i : which) {
            Waiting.until(which.length + " members on node " + i, LIMIT, () -> Fleet.upMembers(node(i)) == which.length
                    && node(i).isReady(), this::state);
        }
        await("the row to name " + Arrays.toString(which), () -> {
            String row = row();
            return row != null && IntStream.of(which).allMatch(i -> row.contains(net.host(i) + ":"))
                    && row.split(" ").length == which.length + 2;
        });
    }

    /** Waits until a line of that node, of any of its starts, holds all of these. */
    void awaitLine(int i, String... parts) {
        await("line of node " + i + " with " + List.of(parts), () -> node(i).lines().stream()
                .anyMatch(line -> Arrays.stream(parts).allMatch(line::contains)));
    }

    void await(String what, java.util.concurrent.Callable<Boolean> condition) {
        Waiting.until(what, LIMIT, condition, this::state);
    }

    String endpoint(int i) {
        return LoopbackNet.endpoint(net.host(i));
    }

    /** These do not reach each other; 0 is everybody who is no node. */
    void wall(int a, int b) {
        net.wall(a == 0 ? "127.0.0.1" : net.host(a), net.host(b));
    }

    void heal() {
        net.heal();
    }

    PostgresServer server() {
        return server;
    }

    void sql(String text) throws SQLException {
        server.execute(database, text);
    }

    /** What the row says that has not expired; null if there is none. */
    String row() throws SQLException {
        return server.query(database, "SELECT holder FROM mirrorlog.leases" + LIVING);
    }

    /** Runs {@code mirrorlogd free-cluster} with the settings of that node. */
    Commands.Ended freeCluster(int i, String... words) {
        List<String> command = new ArrayList<>(List.of("deploy/run"));
        command.addAll(settings(i, 1, 2, 3));
        command.add("free-cluster");
        command.addAll(List.of(words));
        try {
            return Commands.tryRun(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String state() {
        try {
            return "row " + row() + "\n" + nodes.values().stream().map(FleetNode::tail)
                    .collect(Collectors.joining("\n"));
        } catch (SQLException e) {
            return e.toString();
        }
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(cleaner);
        killAll();
        proxy.close();
        server.close();
        Fleet.delete(directory);
    }
}
