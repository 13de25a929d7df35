package org.mirrorlog.daemon;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mirrorlog.dmsetup.BoundedCommand;
import org.mirrorlog.kernel.SingleInstanceLock;
import org.mirrorlog.process.StartException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory with everything the daemon remembers: made when missing, proven writable, held against a second daemon.
 */
public final class DataDir {
    private static final Logger LOG = LoggerFactory.getLogger(DataDir.class);
    private static final Duration DMSETUP_TIMEOUT = Duration.ofSeconds(5);
    private static final int MOST_TABLE_BYTES = 1 << 20;
    static final String KEY = "mirrorlog.data-dir";

    private DataDir() {
    }

    /**
     * Takes the directory until the lock is closed or the process ends.
     *
     * @param servesThisKernel this machine's own kernel: then nothing may stay unknown of the devices below
     * @throws StartException it cannot be made or written, lies on a mirror that needs this daemon, or another daemon
     *     has it
     */
    public static SingleInstanceLock hold(Path path, boolean servesThisKernel) throws StartException {
        try {
            create(path);
            refuseServedMirror(KEY, path, path, servesThisKernel);
            Files.delete(Files.createTempFile(path, "probe", ""));
        } catch (FileAlreadyExistsException e) {
            throw new StartException("mirrorlog.data-dir " + path + " is not a directory", e);
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir " + path + " cannot be written: " + reason(e)
                    + "; it must be a directory in which this user may create files", e);
        }
        try {
            return SingleInstanceLock.forDataDir(path);
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir: " + e.getMessage(), e);
        }
    }

    /** As the system says it, where it does; else what cannot be written. */
    private static String reason(IOException e) {
        return e instanceof FileSystemException file && file.getReason() != null ? file.getReason() : e.toString();
    }

    /** Makes what is missing, and each new name durable: what is kept in the directory must be found again. */
    private static void create(Path path) throws IOException {
        Path missing = path.toAbsolutePath();
        Deque<Path> toMake = new ArrayDeque<>();
        while (missing != null && !Files.exists(missing)) {
            toMake.push(missing);
            missing = missing.getParent();
        }
        for (Path each : toMake) {
            Files.createDirectory(each);
            try (FileChannel parent = FileChannel.open(each.getParent(), StandardOpenOption.READ)) {
                parent.force(true);
            }
        }
        if (!Files.isDirectory(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
    }

    /**
     * Before anything is written: a write to such a mirror would wait for this daemon.
     *
     * @param key that names the path
     * @param existing the path, or what of it exists
     * @param servesThisKernel where another kernel is served, what cannot be told is taken for no such mirror
     * @throws StartException it lies on one, or may
     */
    static void refuseServedMirror(String key, Path path, Path existing, boolean servesThisKernel)
            throws StartException {
        Optional<String> mirror;
        try {
            mirror = new DataPlace(Path.of("/sys/dev/block"),
                    servesThisKernel ? DataDir::tableOf : DataDir::tableIfKnown)
                    .mirrorBelow(DataPlace.deviceOf(existing));
        } catch (IOException e) {
            if (!servesThisKernel) {
                unknown(e);
                return;
            }
            throw new StartException(key + " " + path + ": whether it lies on a mirror that needs this"
                    + " daemon cannot be told: " + e.getMessage()
                    + "; see that dmsetup works here, or choose a directory on a plain disk", e);
        }
        if (mirror.isPresent()) {
            throw new StartException(key + " " + path + " lies on " + mirror.get()
                    + ", a mirror that needs this"
                    + " daemon for every write; choose a directory on another device");
        }
    }

    private static String tableOf(String name) throws IOException {
        try {
            return BoundedCommand.output(List.of("dmsetup", "table", "--", name), DMSETUP_TIMEOUT, MOST_TABLE_BYTES)
                    .toCompletableFuture().get(2 * DMSETUP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException("the table of device " + name + " is unknown: " + e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("the table of device " + name + " is unknown: dmsetup cannot be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String tableIfKnown(String name) {
        try {
            return tableOf(name);
        } catch (IOException e) {
            unknown(e);
            return "";
        }
    }

    private static void unknown(IOException e) {
        LOG.info("whether the data directory lies on a mirror cannot be told: {}", e.getMessage());
    }
}
