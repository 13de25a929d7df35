package org.mirrorlog.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mirrorlog.Commands;
import org.mirrorlog.emulator.ByteLegs;
import org.mirrorlog.emulator.MirrorTable;
import org.mirrorlog.journal.postgres.CuttingProxy;
import org.mirrorlog.journal.postgres.PostgresServer;

/**
 * A cluster on this machine: a PostgreSQL, one to three daemons as processes at loopback addresses of their own, and an
 * emulated kernel behind each; the kernels share two legs, and one mirror is active on all of them. Nodes count from 1.
 *
 * <p>A test does something to it while {@link #write applications write}, waits with the {@code await} methods, and
 * ends with {@link #audit}. For one thread.
 */
public final class Fleet implements AutoCloseable {
    static final String UUID = "LVM-fleet";
    static final int REGIONS = 64;
    static final int REGION_SECTORS = 256;
    static final long LENGTH_SECTORS = (long) REGIONS * REGION_SECTORS;
    /** How long to wait for anything. Far more than what it should take: the machine may be busy. */
    static final Duration LIMIT = Duration.ofSeconds(90);

    private final Path directory;
    private final PostgresServer server;
    private final CuttingProxy proxy;
    private final LoopbackNet net = LoopbackNet.take();
    private final Kernels kernels = new Kernels();
    private final Random random;
    /** Of the test's thread; the other one is the machines'. */
    private final Random choices;
    private final ByteLegs legs;
    private final Writing writing;
    private final List<String> common = new ArrayList<>();
    private final List<FleetNode> nodes = new ArrayList<>();
    private final List<FleetMachine> machines = new ArrayList<>();
    private final Audit audit;
    private final Disks disks;
    private final Thread cleaner = new Thread(this::killAll, "fleet-cleaner");
    private Surroundings surroundings = Surroundings.of(List.of());
    private String database;
    private MirrorTable table;
    private int boots = 1;

    private Fleet(PostgresServer server, long seed) throws IOException {
        this.server = server;
        this.proxy = new CuttingProxy(server.port());
        this.directory = Files.createTempDirectory("fleet");
        this.random = new Random(seed);
        this.choices = new Random(seed);
        this.legs = new ByteLegs(2, LENGTH_SECTORS * 512).scramble(random);
        this.writing = new Writing(legs.sizeBytes(), random, kernels::afterRest);
        this.audit = new Audit(this);
        this.disks = new Disks(directory);
        Runtime.getRuntime().addShutdownHook(cleaner);
    }

    /** This process is ended by a signal: nothing may be left behind. */
    private void killAll() {
        disks.answer();
        nodes.forEach(FleetNode::close);
        disks.close();
        net.close();
        try {
            server.kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Which random writes; -Dseed= repeats them. */
    static long seed() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("seed " + seed);
        return seed;
    }

    /**
     * Starts so many nodes, and waits until each is ready and all are one cluster. No table is loaded yet.
     *
     * @param settings of all daemons, {@code key=value}; they win over the fleet's
     */
    public static Fleet start(int count, String... settings) throws Exception {
        return start(PostgresServer.start(), count, false, settings);
    }

    /** The same with a PostgreSQL whose disk can be filled. */
    static Fleet startOnSmallDisk(int count) throws Exception {
        return start(PostgresServer.startOnSmallDisk(), count, false);
    }

    /**
     * The same with nodes that know no seeds.
     *
     * @param discovery how they find each other: its settings and environment, from the nodes' addresses
     */
    static Fleet startWithDiscovery(int count, Function<List<String>, Surroundings> discovery) throws Exception {
        return start(PostgresServer.start(), count, false, discovery);
    }

    /** The same with nodes each of which has a wall clock of its own: {@link FleetNode#setClock}. */
    static Fleet startWithClocks(int count, String... settings) throws Exception {
        return start(PostgresServer.start(), count, false,
                hosts -> new Surroundings(List.of(settings), WallClocks.environment(), () -> { }));
    }

    /** The same with disks and wall clocks of each node's own, as far as they can be had here: for every trouble. */
    static Fleet startWithEverything(int count, String... settings) throws Exception {
        Map<String, String> clocks = WallClocks.lack().isEmpty() ? WallClocks.environment() : Map.of();
        return start(PostgresServer.start(), count, false,
                hosts -> new Surroundings(List.of(settings), clocks, () -> { }, true));
    }

    /** The same on the journal that the daemons keep among themselves; PostgreSQL is where none of them finds it. */
    static Fleet startReplicated(int count) throws Exception {
        return start(PostgresServer.start(), count, false, hosts -> Surroundings.of(List.of(
                "mirrorlog.journal=replicated", "mirrorlog.postgres.url=jdbc:postgresql://127.0.0.1:1/none",
                "mirrorlog.replicated.members=" + hosts.stream().map(host -> host + ":25522")
                        .collect(Collectors.joining(",")))));
    }

    /** The same with certificates, which {@link #certs} names. */
    static Fleet startWithTls(int count, String... settings) throws Exception {
        return start(PostgresServer.start(), count, true, settings);
    }

    /**
     * What is the same for all daemons.
     *
     * @param settings {@code key=value}; they win over the fleet's
     * @param server that they use; it is closed with the fleet
     * @param hasDisks whether data directories and log device are on {@link Disks} of their own
     */
    record Surroundings(List<String> settings, Map<String, String> environment, Closeable server, boolean hasDisks) {
        Surroundings(List<String> settings, Map<String, String> environment, Closeable server) {
            this(settings, environment, server, false);
        }

        static Surroundings of(List<String> settings) {
            return new Surroundings(settings, Map.of(), () -> { });
        }
    }

    private static Fleet start(PostgresServer server, int count, boolean isTls, String... settings) throws Exception {
        return start(server, count, isTls, hosts -> Surroundings.of(List.of(settings)));
    }

    private static Fleet start(PostgresServer server, int count, boolean isTls,
            Function<List<String>, Surroundings> more)
            throws Exception {
        Fleet fleet;
        try {
            fleet = new Fleet(server, seed());
        } catch (IOException e) {
            server.close();
            throw e;
        }
        try {
            fleet.database = server.database();
            fleet.startNodes(count, isTls, more);
            return fleet;
        } catch (Exception | AssertionError e) {
            fleet.close();
            throw e;
        }
    }

    /** Waits until nobody holds the arbiter of a cluster of two: it is one for one trouble at a time. */
    void awaitFreeArbiter() {
        await("the arbiter to be free", () -> "0".equals(
                server.query(database, "SELECT count(*) FROM mirrorlog.leases WHERE until > now()"
                        + " AND name <> 'cluster'")));
    }

    private void startNodes(int count, boolean isTls, Function<List<String>, Surroundings> more) throws IOException {
        List<String> hosts = IntStream.rangeClosed(1, count).mapToObj(net::host).toList();
        String seeds = hosts.stream().map(LoopbackNet::endpoint).collect(Collectors.joining(","));
        surroundings = more.apply(hosts);
        common.addAll(List.of("-Dconfig.file=deploy/cluster/loopback.conf", "-Dmirrorlog.cluster.seeds=" + seeds,
                "-Dloopback.dir=" + directory,
                "-Dmirrorlog.postgres.url=" + PostgresServer.url(proxy.port(), database)));
        surroundings.settings().forEach(setting -> common.add("-D" + setting));
        if (surroundings.hasDisks()) {
            disks.make(hosts.stream().map(directory::resolve).toList());
        }
        for (int i = 1; i <= count; i++) {
            if (isTls) {
                makeCerts(certs(), net.host(i));
            }
            FleetNode node = isTls ? newNode(i, tls(certs(), net.host(i))) : newNode(i);
            nodes.add(node);
            node.start();
        }
        nodes.forEach(FleetNode::awaitReady);
        awaitMembers(count);
        nodes.forEach(node -> machines.add(new FleetMachine(kernels, node, legs)));
    }

    private FleetNode newNode(int i, String... own) {
        List<String> settings = new ArrayList<>(common);
        settings.add("-Dmirrorlog.cluster.host=" + net.host(i));
        settings.addAll(List.of(own));
        return new FleetNode(net.host(i), directory, settings, surroundings.environment());
    }

    /** Where the authority's and the nodes' files are. */
    Path certs() {
        return directory.resolve("certs");
    }

    /** Makes or renews the files of one address with deploy/make-certs. */
    static void makeCerts(Path into, String host, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("deploy/make-certs", "--dir", into.toString()));
        command.addAll(List.of(options));
        command.add(host);
        Commands.run(command);
    }

    /** Settings that use the files of that address. */
    static String[] tls(Path from, String host) {
        return new String[] {"-Dmirrorlog.cluster.tls.certificate=" + from.resolve(host + ".pem"),
            "-Dmirrorlog.cluster.tls.key=" + from.resolve(host + "-key.pem"),
            "-Dmirrorlog.cluster.tls.authority=" + from.resolve("ca.pem")};
    }

    /**
     * Starts a daemon beside the fleet that must not become a member, and waits for its end.
     *
     * @param i makes its address; beyond the fleet's count
     * @param own settings, as {@code -Dkey=value}
     * @return its exit code, and all that it has said
     */
    String stranger(int i, String... own) {
        FleetNode node = newNode(i, own);
        node.start();
        int status = node.awaitEnd();
        String said = status + "\n" + String.join("\n", node.lines());
        node.log().toFile().delete();
        return said;
    }

    /** A further node, which is started; it is no part of the fleet, and its end is the caller's. */
    FleetNode newcomer(int i, String... own) {
        FleetNode node = newNode(i, own);
        node.start();
        return node;
    }

    /** The kernel behind such a node, over the same legs. */
    FleetMachine machineOf(FleetNode newcomer) {
        return new FleetMachine(kernels, newcomer, legs);
    }

    // --- its parts ------------------------------------------------------------------------------------------------

    PostgresServer server() {
        return server;
    }

    /** From now on the server commits nothing; or it does again. */
    void setReadOnly(boolean isReadOnly) {
        execute("ALTER SYSTEM SET default_transaction_read_only = " + (isReadOnly ? "on" : "off"));
        execute("SELECT pg_reload_conf()");
    }

    /** Something that the database's administrator does. */
    void execute(String sql) {
        try {
            server.execute(database, sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All daemons reach PostgreSQL through it. */
    CuttingProxy proxy() {
        return proxy;
    }

    Disks disks() {
        return disks;
    }

    /** Why wall clocks cannot jump here; empty if they can. */
    String lackOfClocks() {
        return surroundings.environment().isEmpty() ? WallClocks.lack() : "";
    }

    LoopbackNet net() {
        return net;
    }

    Kernels kernels() {
        return kernels;
    }

    ByteLegs legs() {
        return legs;
    }

    Writing writing() {
        return writing;
    }

    List<FleetNode> nodes() {
        return List.copyOf(nodes);
    }

    /** From 1. */
    public FleetNode node(int i) {
        return nodes.get(i - 1);
    }

    /** The kernel behind that node, from 1. */
    FleetMachine machine(int i) {
        return machines.get(i - 1);
    }

    int count() {
        return nodes.size();
    }

    /** Number of one of the nodes, by chance. */
    int draw() {
        return 1 + choices.nextInt(count());
    }

    // --- the mirror -----------------------------------------------------------------------------------------------

    /** A mirror with its log in memory. */
    static MirrorTable coreTable() {
        return MirrorTable.core(UUID, LENGTH_SECTORS, REGION_SECTORS).withHandleErrors();
    }

    /** A mirror with its log on a file that all machines share. */
    MirrorTable diskTable() {
        Path log = disks.ofLogDevice().resolve("log-device");
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            file.setLength(1 << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return MirrorTable.disk(UUID, LENGTH_SECTORS, log.toString(), REGION_SECTORS).withHandleErrors();
    }

    /** Activates the mirror on all machines and waits until all regions are in sync. */
    void activate(MirrorTable which) {
        table = which;
        machines.forEach(machine -> machine.load(which));
        machines.forEach(FleetMachine::resume);
        machines.forEach(FleetMachine::awaitInSync);
    }

    /** What was activated. */
    MirrorTable table() {
        return table;
    }

    /** Suspends the mirror on all machines, resumes it, and waits until all regions are in sync. */
    void reactivate() {
        machines.forEach(FleetMachine::suspend);
        machines.forEach(FleetMachine::resume);
        machines.forEach(FleetMachine::awaitInSync);
    }

    /** So many writes at a time on each machine, from now on. */
    void write(int lanes) {
        for (int i = 1; i <= count(); i++) {
            write(i, lanes);
        }
    }

    /** So many writes at a time on that machine, from now on. */
    void write(int i, int lanes) {
        kernels.run(() -> writing.start(node(i).name(), machine(i).device(), lanes));
    }

    /** Waits until so many more writes have ended on these nodes' machines. */
    void awaitWrites(long more, int... which) {
        for (int i : which) {
            String name = node(i).name();
            long before = kernels.call(() -> writing.ended(name));
            await(more + " writes on " + name, () -> kernels.call(() -> writing.ended(name)) >= before + more);
        }
    }

    /** Waits until so many more writes have ended on every machine. */
    void awaitWrites(long more) {
        awaitWrites(more, IntStream.rangeClosed(1, count()).toArray());
    }

    /** Ends writing, and waits for what is under way. */
    void stopWriting() {
        kernels.run(writing::stop);
        await("the last writes", () -> kernels.call(writing::isQuiet));
    }

    /** The same until no region is marked any more: the next writes need journal, log device and records. */
    void giveUpMarks() {
        stopWriting();
        await("all marks to be given up", () -> node(1).log(UUID).path("dirty").asLong() == 0);
    }

    // --- the cluster ----------------------------------------------------------------------------------------------

    /** Waits until every running node counts so many members, all Up and none unreachable. */
    public void awaitMembers(int count) {
        for (FleetNode node : nodes) {
            if (node.isRunning()) {
                await(count + " members on " + node.name(), () -> upMembers(node) == count);
            }
        }
    }

    /** How many members a node sees that are Up and within reach. */
    static int upMembers(FleetNode node) {
        JsonNode members = node.json("/cluster/members");
        if (!members.path("unreachable").isEmpty()) {
            return -1;
        }
        int up = 0;
        for (JsonNode member : members.path("members")) {
            up += "Up".equals(member.path("status").asText()) ? 1 : 0;
        }
        return up;
    }

    /** Number of the node that owns the log, as all running nodes tell; waits until they agree. */
    int owner() {
        int[] found = {0};
        await("the nodes to agree on the owner", () -> {
            List<String> owners = nodes.stream().filter(FleetNode::isRunning)
                    .map(node -> node.log(UUID).path("owner").asText()).distinct().toList();
            for (int i = 1; i <= count() && owners.size() == 1; i++) {
                found[0] = node(i).name().equals(owners.get(0)) ? i : found[0];
            }
            return owners.size() == 1 && found[0] > 0;
        });
        return found[0];
    }

    /** One of the nodes that do not own the log. */
    int other(int than) {
        return than % count() + 1;
    }

    /** Machine and daemon are gone at one moment, with all that was under way. */
    void cutPower(int i) {
        machine(i).vanish();
        node(i).kill();
        kernels.run(() -> writing.forget(node(i).name()));
    }

    /**
     * The machine boots after {@link #cutPower}: another incarnation, without tables; the data directory is still
     * there.
     */
    void boot(int i) {
        boots++;
        node(i).setBootId("boot-" + boots + "-of-" + node(i).host());
        node(i).start();
        node(i).awaitReady();
        machines.set(i - 1, new FleetMachine(kernels, node(i), legs));
    }

    // --- what is seen ---------------------------------------------------------------------------------------------

    void await(String what, java.util.concurrent.Callable<Boolean> condition) {
        Waiting.until(what, LIMIT, condition, this::state);
    }

    /** Everything that helps to understand a failure. */
    String state() {
        String kernelsSay = IntStream.rangeClosed(1, machines.size()).mapToObj(i -> node(i).name() + " waits for "
                + kernels.call(() -> machine(i).device().active().map(mirror -> mirror.workerWaitsFor())
                        .orElse("a table")))
                .collect(Collectors.joining(", "));
        return kernels.call(writing::underWay) + " writes under way; kernels: " + kernelsSay + "\n"
                + nodes.stream().map(FleetNode::tail).collect(Collectors.joining("\n"));
    }

    /**
     * Ends writing and looks at everything: members, owner, legs, contents, complaints, errors in the daemons' output.
     *
     * @param scenario for the line that is printed
     * @param explained regular expressions; a line at level ERROR that holds one of them is part of the scenario
     */
    void audit(String scenario, String... explained) {
        audit(scenario, Duration.ZERO, explained);
    }

    void audit(String scenario, Duration away, String... explained) {
        audit.run(scenario, away, List.of(explained));
    }

    @Override
    public void close() throws IOException {
        // A test that has run out of time is interrupted: what it had started would be in the way of those after it.
        boolean wasInterrupted = Thread.interrupted();
        try {
            end();
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void end() throws IOException {
        Runtime.getRuntime().removeShutdownHook(cleaner);
        disks.answer();
        nodes.forEach(FleetNode::close);
        disks.close();
        kernels.close();
        net.close();
        proxy.close();
        server.close();
        surroundings.server().close();
        delete(directory);
    }

    /** A directory with everything in it. */
    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        }
    }
}
