package org.mirrorlog.daemon;

import akka.actor.typed.ActorRef;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.health.EventKind;
import org.mirrorlog.health.News;
import org.mirrorlog.instance.Phase;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.management.ManagementPort;
import org.mirrorlog.posix.ServiceManager;
import org.mirrorlog.process.ExitCode;
import org.mirrorlog.process.Parts;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartWatch;
import org.mirrorlog.process.Version;
import org.mirrorlog.process.Watchdog;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running daemon: everything from the locked data directory to the open kernel socket, started in that order and
 * closed in the reverse one. Also used by tests, in their process.
 *
 * <p>Thread-safe. {@link #start} and {@link #close} wait for what they do.
 */
public final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    /** An orderly stop takes some 6 s at worst, unless Akka or storage hangs. What must last is on disk before. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(25);

    private final Settings settings;
    private final StartWatch watch;
    private final Parts parts = new Parts();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile ExitCode exitCode = ExitCode.OK;
    private volatile boolean isClosing;
    private Node node;
    private LogService service;

    private Daemon(Settings settings, StartWatch watch) {
        this.settings = settings;
        this.watch = watch;
    }

    /**
     * Starts a daemon and returns when it is ready to serve.
     *
     * @throws StartException it cannot start; everything that was started is closed again
     */
    public static Daemon start(Settings settings) throws StartException {
        try (StartWatch watch = StartWatch.begin(KernelBridge::nowMs)) {
            return start(settings, watch);
        }
    }

    /**
     * The same.
     *
     * @param watch told of each place that may keep the caller waiting
     */
    public static Daemon start(Settings settings, StartWatch watch) throws StartException {
        Daemon daemon = new Daemon(settings, watch);
        try {
            daemon.startParts();
            return daemon;
        } catch (StartException | RuntimeException e) {
            daemon.close();
            throw e;
        }
    }

    private void startParts() throws StartException {
        KernelLink link = new KernelLink(settings.kernel());
        parts.push(link.hold());
        parts.push(link.showToLvm());
        StartPlaces places = new StartPlaces(watch, settings, link);
        places.dataDir();
        parts.push(DataDir.hold(settings.dataDir(),
                settings.kernel().connector() == Settings.Connector.NETLINK));
        places.records();
        RecordsPlace records = RecordsPlace.hold(link, settings.dataDir());
        parts.push(records);
        places.dataDir();
        Restored restored = Restored.of(settings.dataDir());
        HeardWriter writer = new HeardWriter();
        parts.push(writer);
        Listeners listeners = Listeners.before();
        EarlierRuns earlier = EarlierRuns.open(settings);
        places.free();
        node = Node.start(settings, earlier.known());
        parts.push(node);
        listeners.check(settings.cluster(), node.ports(settings));
        ManagementPort management = ManagementPort.get(node.system().classicSystem());
        management.readyUnless(watch::problem);
        management.readyWhen("no member of the cluster", node::isUp);
        node.system().getWhenTerminated().thenRun(() -> broken("the actor system has ended by itself"));
        service = LogService.start(settings, node, new LogService.Served(link, earlier,
                new LogService.Kept(records, writer), restored, places),
                () -> broken("the bridge to the kernel has stopped"));
        parts.push(service);
        listeners.check(settings.cluster(), node.ports(settings));
        node.whenRemoved(() -> removed("the cluster has removed this node (it was out of reach, or paused, for too"
                + " long)"));
        node.whenOutlived(others -> removed("the journal says that the cluster of " + others.addresses()
                + " goes on, without this node"));
        management.open();
        happened(EventKind.DAEMON_READY, "node " + settings.nodeName() + " serves " + link.served() + "; version "
                + Version.ofThisBuild());
        tellServiceManager();
        parts.push(Watchdog.begin(service.loops(), KernelBridge::nowMs));
        if (service.isDeclaredDead()) {
            LOG.error("not ready: node {} (boot id {}) {}: nothing of {} is served before its machine has booted again,"
                    + " data in {}, management at {}", settings.nodeName(), settings.kernel().bootId(),
                    NodeState.DEAD.says(), link.served(), settings.dataDir(), node.management());
        } else {
            LOG.info("ready: node {} serves {}, data in {}, management at {}", settings.nodeName(), link.served(),
                    settings.dataDir(), node.management());
        }
    }

    private void happened(EventKind kind, String says) {
        ManagementPort.get(node.system().classicSystem()).events().add(News.of(kind, "this node", says));
    }

    private static void tellServiceManager() {
        try {
            ServiceManager.ofThisProcess().ready();
        } catch (IOException e) {
            LOG.warn("the service manager does not hear that the daemon is ready: {}", e.getMessage());
        }
    }

    /** Where management listens. */
    public URI management() {
        return node.management();
    }

    /** What serves the kernel's tables. */
    ActorRef<KernelBridge.Message> kernelBridge() {
        return service.bridge();
    }

    /** Where it listens over TLS, if it does. */
    Optional<URI> managementOverTls() {
        return node.managementOverTls();
    }

    /**
     * Stops the daemon unless kernel tables use it.
     *
     * @return whether it stops; false leaves it serving as before
     */
    public boolean stopUnlessUsed(String why) {
        List<String> active = activeInstances();
        if (!active.isEmpty() && !settings.forceShutdown()) {
            LOG.warn("{} refused: {} active ({}); suspend or remove the mirrors first, or set mirrorlog.shutdown.force",
                    why, count(active), String.join(", ", active));
            happened(EventKind.STOP_REFUSED, why + " refused: " + count(active) + " active");
            return false;
        }
        LOG.info("{}: stopping{}", why, active.isEmpty() ? "" : " although " + count(active) + " active");
        happened(EventKind.DAEMON_STOPS, why);
        close();
        return true;
    }

    private static String count(List<String> active) {
        return active.size() == 1 ? "1 instance is" : active.size() + " instances are";
    }

    /** Tables in use; a bridge that does not answer is taken for one that is busy with them. */
    private List<String> activeInstances() {
        try {
            return service.tables().toCompletableFuture().join().stream()
                    .filter(table -> table.phase() != Phase.SUSPENDED)
                    .map(table -> table.key().toString())
                    .toList();
        } catch (CompletionException e) {
            return List.of("unknown: " + e.getCause());
        }
    }

    /** Waits until the daemon has ended, and says how. */
    public ExitCode awaitEnd() throws InterruptedException {
        ended.await();
        return exitCode;
    }

    /**
     * The process ends as it is: others serve its logs by now, an orderly end would wait for members out of reach, and
     * what must last is on disk. Its kernel waits for the next start.
     */
    private void removed(String why) {
        if (isClosing) {
            return;
        }
        isClosing = true;
        exitCode = ExitCode.REMOVED;
        LOG.error("{}: the daemon ends; kernel tables wait for the next start", why);
        ended.countDown();
    }

    /** Told by a thread of the part that broke; closing waits for such threads, so another one does it. */
    private void broken(String what) {
        if (isClosing) {
            return;
        }
        LOG.error("{}: the daemon ends too; kernel tables wait for the next start", what);
        exitCode = ExitCode.FAILED;
        new Thread(this::close, "mirrorlog-close").start();
    }

    /** Closes everything in order, also while kernel tables use it, and within a bound. Idempotent. */
    @Override
    public synchronized void close() {
        isClosing = true;
        Optional<String> stuck = parts.close(LONGEST_STOP);
        if (stuck.isPresent()) {
            LOG.error("{} has not stopped after {} s and is not waited for: what must last is on disk", stuck.get(),
                    LONGEST_STOP.toSeconds());
        }
        ended.countDown();
    }
}
