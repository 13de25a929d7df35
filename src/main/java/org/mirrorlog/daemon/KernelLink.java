package org.mirrorlog.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.mirrorlog.dmsetup.KernelTables;
import org.mirrorlog.kernel.ConnectorCounters;
import org.mirrorlog.kernel.ConnectorSocket;
import org.mirrorlog.kernel.KernelSupport;
import org.mirrorlog.kernel.LostRequests;
import org.mirrorlog.kernel.NetlinkConnector;
import org.mirrorlog.kernel.OpenRequests;
import org.mirrorlog.kernel.OpenRequestsFile;
import org.mirrorlog.kernel.SingleInstanceLock;
import org.mirrorlog.kernel.UnixConnector;
import org.mirrorlog.posix.PidFile;
import org.mirrorlog.posix.ServiceManager;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which kernel is served, and the way to it: what can be told before anything is started, and the socket at the end of
 * the start (a kernel that finds a listener sends its requests at once).
 */
final class KernelLink {
    private static final Logger LOG = LoggerFactory.getLogger(KernelLink.class);
    /** In memory; the unit keeps it from one start to the next. */
    private static final Path RUN = Path.of("/run/mirrorlog");
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

    private final Settings.Kernel settings;

    KernelLink(Settings.Kernel settings) {
        this.settings = settings;
    }

    private boolean isNetlink() {
        return settings.connector() == Settings.Connector.NETLINK;
    }

    /**
     * Makes sure that there is such a kernel; looks at files only.
     *
     * @throws StartException this machine's kernel is to be served and cannot be
     */
    void requireSupport() throws StartException {
        if (isNetlink() && settings.testPortId() == 0) {
            KernelSupport support = KernelSupport.probe();
            if (!support.isUsable()) {
                throw new StartException("this machine's kernel cannot be served: " + support.reason() + ". To go on:"
                        + " deploy/run --demo needs no such kernel; -Dmirrorlog.kernel.connector=unix serves one"
                        + " elsewhere");
            }
        }
    }

    /**
     * Makes sure that nobody else serves that kernel, as far as can be seen without touching anything.
     *
     * @throws StartException somebody does
     */
    void requireFree() throws StartException {
        try {
            if (isNetlink()) {
                NetlinkConnector.requireAlone(ServiceManager.ofThisProcess());
            } else {
                UnixConnector.requireFree(settings.unixPath(), ServiceManager.ofThisProcess());
            }
        } catch (IOException e) {
            throw new StartException((isNetlink() ? "" : "mirrorlog.kernel.unix-path: ") + e.getMessage(), e);
        }
    }

    /**
     * Makes sure that {@link #showToLvm} would find nobody else, as far as can be seen without touching anything.
     *
     * @throws StartException it would
     */
    void requireUnshown() throws StartException {
        if (isNetlink() && settings.lvm().pidFile().isPresent()) {
            try {
                PidFile.requireFree(settings.lvm().pidFile().get());
            } catch (IOException e) {
                throw new StartException("mirrorlog.lvm.pid-file: " + e.getMessage(), e);
            }
        }
    }

    /**
     * Keeps other daemons away from this machine's kernel.
     *
     * @return held as long as the daemon runs; does nothing for other kernels, whose socket path is its own lock
     * @throws StartException another daemon serves it
     */
    AutoCloseable hold() throws StartException {
        if (!isNetlink()) {
            return () -> { };
        }
        if (settings.testPortId() != 0) {
            LOG.warn("mirrorlog.kernel.test-port-id = {}: that process is served in place of the kernel; for"
                    + " tests only",
                    settings.testPortId());
        }
        try {
            return SingleInstanceLock.forNetlink();
        } catch (IOException e) {
            throw new StartException(e.getMessage(), e);
        }
    }

    /**
     * Lets LVM see that this machine's kernel has its daemon.
     *
     * @return held as long as the daemon runs; does nothing for other kernels, and where no file is asked for
     * @throws StartException somebody else holds the file, such as the predecessor, or it cannot be written
     */
    AutoCloseable showToLvm() throws StartException {
        if (!isNetlink() || settings.lvm().pidFile().isEmpty()) {
            return () -> { };
        }
        try {
            return PidFile.hold(settings.lvm().pidFile().get());
        } catch (IOException e) {
            throw new StartException("mirrorlog.lvm.pid-file: " + e.getMessage(), e);
        }
    }

    /**
     * The way to the kernel.
     *
     * @param open which requests are under way; empty where that cannot be kept
     */
    record Opened(ConnectorSocket socket, Optional<OpenRequests> open) { }

    /**
     * Opens the socket and has the kernel ask again for what an earlier start has lost.
     *
     * @throws StartException it cannot be opened
     */
    Opened open() throws StartException {
        ConnectorSocket socket = openSocket();
        Optional<OpenRequests> open = OpenRequestsFile.open(openRequests(), settings.bootId());
        open.ifPresent(left -> LostRequests.askAgain(left, socket));
        return new Opened(socket, open);
    }

    /**
     * Where the records of its tables are kept: in memory where that lives as long as they do, so that whoever answers
     * the kernel waits for no disk.
     *
     * @param lasting where else
     */
    Path records(Path lasting) {
        boolean isThisMachines = isNetlink() && settings.testPortId() == 0;
        return settings.recordsDir().orElse(isThisMachines && isInMemory(Files.exists(RUN) ? RUN : RUN.getParent())
                ? RUN.resolve("instances") : lasting);
    }

    private static boolean isInMemory(Path directory) {
        try {
            return IN_MEMORY.contains(Files.getFileStore(directory).type());
        } catch (IOException e) {
            return false;
        }
    }

    private Path openRequests() {
        return beside("requests");
    }

    /** Which start of which data directory has served the kernel last. */
    Path lastStart() {
        return beside("last-start");
    }

    /** What only one daemon can hold. */
    private Path beside(String name) {
        return !isNetlink() ? Path.of(settings.unixPath() + "." + name)
                : settings.testPortId() == 0 ? RUN.resolve(name)
                : RUN.resolve(name + ".of-port-" + settings.testPortId());
    }

    /**
     * Opens the socket, or takes over the one that the service manager has kept since an earlier start.
     *
     * @throws StartException it cannot be opened
     */
    private ConnectorSocket openSocket() throws StartException {
        ServiceManager manager = ServiceManager.ofThisProcess();
        try {
            ConnectorSocket socket = isNetlink()
                    ? NetlinkConnector.open(new NetlinkConnector.Options((int) settings.testPortId(), true,
                            settings.receiveBufferBytes(), settings.lookout()), manager)
                    : UnixConnector.open(settings.unixPath(), settings.lookout(), manager);
            manager.dropTheRest();
            return socket;
        } catch (IOException e) {
            throw new StartException(e.getMessage(), e);
        }
    }

    /** How to ask the kernel for its tables; empty where it is not this machine's. */
    Optional<KernelTables> tables() {
        return isNetlink() && settings.testPortId() == 0 ? Optional.of(new KernelTables()) : Optional.empty();
    }

    /** Whom the daemon serves, for people. */
    String served() {
        return isNetlink() ? "this machine's kernel" : "the kernel behind " + settings.unixPath();
    }

    /** The socket's counters as management shows them. */
    static Map<String, Long> counters(ConnectorCounters counters) {
        Map<String, Long> shown = new TreeMap<>();
        shown.put("received", counters.received());
        counters.rejected().forEach((reason, count) -> shown.put("rejected." + reason, count));
        shown.put("overruns", counters.overruns());
        shown.put("foreign-senders", counters.foreignSenders());
        shown.put("unnamed-senders", counters.unnamedSenders());
        shown.put("sent", counters.sent());
        shown.put("send-retries", counters.sendRetries());
        shown.put("send-failures", counters.sendFailures());
        shown.put("peers-gone", counters.peersGone());
        shown.put("loop-failures", counters.loopFailures());
        return shown;
    }
}
