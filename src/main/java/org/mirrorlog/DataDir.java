package org.mirrorlog;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.mirrorlog.kernel.SingleInstanceLock;

/**
 * The directory with everything the daemon remembers: made when missing, proven writable, held against a second daemon.
 */
final class DataDir {
    private static final int DMSETUP_TIMEOUT_S = 5;

    private DataDir() {
    }

    /**
     * Takes the directory until the lock is closed or the process ends.
     *
     * @throws StartException it cannot be made or written, lies on a mirror that needs this daemon, or another daemon
     *     has it
     */
    static SingleInstanceLock hold(Path path) throws StartException {
        try {
            create(path);
            refuseServedMirror(path, path);
            Files.delete(Files.createTempFile(path, "probe", ""));
        } catch (FileAlreadyExistsException e) {
            throw new StartException("mirrorlog.data-dir " + path + " is not a directory", e);
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir " + path + " cannot be written: " + e
                    + "; it must be a directory"
                    + " in which this user may create files", e);
        }
        try {
            return SingleInstanceLock.forDataDir(path);
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir: " + e.getMessage(), e);
        }
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
     * @param existing the path, or what of it exists
     * @throws StartException it lies on one
     */
    static void refuseServedMirror(Path path, Path existing) throws StartException {
        Optional<String> mirror;
        try {
            mirror = new DataPlace(Path.of("/sys/dev/block"), DataDir::tableOf)
                    .mirrorBelow(DataPlace.deviceOf(existing));
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir " + path + ": what carries it cannot be told: " + e, e);
        }
        if (mirror.isPresent()) {
            throw new StartException("mirrorlog.data-dir " + path + " lies on " + mirror.get()
                    + ", a mirror that needs this"
                    + " daemon for every write; choose a directory on another device");
        }
    }

    private static Optional<String> tableOf(String name) {
        try {
            Process process = new ProcessBuilder("dmsetup", "table", "--", name).redirectErrorStream(true).start();
            process.getOutputStream().close();
            if (!process.waitFor(DMSETUP_TIMEOUT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            return Optional.of(new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Optional.empty(); // no dmsetup: then nobody has made a mirror either
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
