package org.mirrorlog.daemon;

import com.typesafe.config.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.membership.TlsFiles;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartWatch;
import org.mirrorlog.settings.Settings;

/**
 * What can be seen to be wrong before anything is created, changed or locked: all of it, each fault in a line. What
 * passes here may still fail later, when somebody else was quicker, or at what only a use can show.
 */
public final class StartChecks {
    private static final String HTTP = "akka.management.http.";
    private static final String ARTERY = "akka.remote.artery.";
    static final List<String> ELSEWHERE = List.of("mirrorlog.journal.dir", "mirrorlog.snapshots.dir",
            "mirrorlog.replicated.dir", RecordsPlace.KEY);

    private final Settings settings;
    private final StartWatch watch;
    private final List<String> faults = new ArrayList<>();

    private StartChecks(Settings settings, StartWatch watch) {
        this.settings = settings;
        this.watch = watch;
    }

    /**
     * Looks at all of it.
     *
     * @param watch told of each place that may keep the caller waiting
     * @throws StartException with a line for each fault
     */
    public static void require(Settings settings, StartWatch watch) throws StartException {
        StartChecks checks = new StartChecks(settings, watch);
        checks.attempt(() -> new KernelLink(settings.kernel()).requireSupport());
        checks.dataDir();
        ELSEWHERE.forEach(checks::placeOf);
        checks.socketPath();
        watch.free();
        checks.attempt(() -> new KernelLink(settings.kernel()).requireUnshown());
        checks.ports();
        if (settings.cluster().tls().isPresent()) {
            checks.attempt(() -> TlsFiles.check(settings.cluster().tls().get(), Instant.now()));
        }
        JournalExtension.startProblem(settings.config()).ifPresent(checks.faults::add);
        if (!checks.faults.isEmpty()) {
            throw new StartException(String.join("\n", checks.faults));
        }
    }

    /** A check that throws. */
    @FunctionalInterface
    private interface Check {
        void run() throws StartException;
    }

    private void attempt(Check check) {
        try {
            check.run();
        } catch (StartException e) {
            faults.add(e.getMessage());
        }
    }

    private void dataDir() {
        Path path = settings.dataDir();
        watch.at(DataDir.KEY + " " + path);
        Path nearest = nearest(path);
        if (!Files.isDirectory(nearest)) {
            faults.add("mirrorlog.data-dir " + path + (nearest.equals(path) ? " is not a directory"
                    : " cannot be made: " + nearest + " is not a directory"));
        } else if (!Files.isWritable(nearest)) {
            faults.add("mirrorlog.data-dir " + path + " cannot be written: " + nearest + " is not writable for this"
                    + " user, or its file system is read-only; it must be a directory in which this user may create"
                    + " files");
        } else {
            refuseServedMirror(DataDir.KEY, path);
        }
    }

    /** What may lie elsewhere than in the data directory is written before a kernel is answered, too. */
    private void placeOf(String key) {
        String value = settings.config().getString(key);
        Path path = Path.of(value).toAbsolutePath().normalize();
        if (!value.isEmpty() && !path.startsWith(settings.dataDir())) {
            watch.at(key + " " + path);
            refuseServedMirror(key, path);
        }
    }

    private void refuseServedMirror(String key, Path path) {
        attempt(() -> DataDir.refuseServedMirror(key, path, nearest(path),
                settings.kernel().connector() == Settings.Connector.NETLINK));
    }

    private void socketPath() {
        if (settings.kernel().connector() != Settings.Connector.UNIX) {
            watch.free();
            attempt(() -> new KernelLink(settings.kernel()).requireFree());
            return;
        }
        Path path = settings.kernel().unixPath();
        watch.at("mirrorlog.kernel.unix-path " + path);
        Path nearest = nearest(path.getParent());
        if (!Files.isDirectory(nearest) || !Files.isWritable(nearest)) {
            faults.add("mirrorlog.kernel.unix-path " + path + " cannot be bound: " + nearest + " is not a directory in"
                    + " which this user may create files");
        } else if (Files.isDirectory(path) || Files.isRegularFile(path)) {
            faults.add("mirrorlog.kernel.unix-path " + path + " is there and is no socket; give another path");
        } else {
            attempt(() -> new KernelLink(settings.kernel()).requireFree());
        }
    }

    /** The path itself, or what of it exists. */
    private static Path nearest(Path path) {
        Path nearest = path.toAbsolutePath();
        while (!Files.exists(nearest) && nearest.getParent() != null) {
            nearest = nearest.getParent();
        }
        return nearest;
    }

    private void ports() {
        Config config = settings.config();
        port(HTTP + "port", first(config, HTTP + "bind-hostname", HTTP + "hostname"),
                first(config, HTTP + "bind-port", HTTP + "port"));
        settings.doors().tls().ifPresent(tls -> port("mirrorlog.management.tls.port", tls.host(),
                String.valueOf(tls.port())));
        settings.cluster().discovery().ifPresent(discovery -> port("mirrorlog.cluster.discovery.port",
                settings.cluster().host(), String.valueOf(discovery.port())));
        settings.journalPort().ifPresent(port -> port("mirrorlog.replicated.port", settings.cluster().host(),
                String.valueOf(port)));
        port("mirrorlog.cluster.port", first(config, ARTERY + "bind.hostname", ARTERY + "canonical.hostname"),
                first(config, ARTERY + "bind.port", ARTERY + "canonical.port"));
    }

    /** Akka's settings for what is bound are empty unless they differ from what others are told. */
    private static String first(Config config, String bound, String told) {
        String value = config.hasPath(bound) ? config.getString(bound) : "";
        return value.isBlank() ? config.getString(told) : value;
    }

    private void port(String key, String host, String number) {
        if (!number.matches("[0-9]{1,5}") || Integer.parseInt(number) == 0 || host.startsWith("<")) {
            return; // any port, or a host that Akka finds out
        }
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(number)));
        } catch (UnknownHostException e) {
            faults.add(key + ": host " + host + " is not known to this machine");
        } catch (IOException e) {
            faults.add(key + ": " + host + ":" + number + " is in use or not ours (" + e.getMessage()
                    + "); give a free port, or 0 for any");
        }
    }
}
