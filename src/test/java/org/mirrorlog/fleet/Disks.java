package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.Commands;

/**
 * Disks of a fleet's own: one below each node's data directory, and one for the file that stands for the log device.
 * Each is a real ext4 in a file, so that it can be full, fail, or hang. That needs root and loop devices; where they
 * cannot be had there are none, and {@link #lack} says why.
 */
final class Disks implements Closeable {
    private static final long BYTES = 48 << 20;
    private static final int BLOCK_BYTES = 4096;
    private static final String SHARED = "shared";

    private final Path directory;
    private final List<Path> mounted = new ArrayList<>();
    private String lack = "this fleet has no disks of its own";
    private boolean hangs;

    /** None yet; files and mount points will be in that directory. */
    Disks(Path directory) {
        this.directory = directory;
    }

    /** Makes one for each of these data directories, which do not exist yet, and the shared one; all or none. */
    void make(List<Path> dataDirs) throws IOException {
        lack = "";
        for (Path where : dataDirs) {
            make(where);
        }
        make(directory.resolve(SHARED));
        if (!lack.isEmpty()) {
            unmountAll();
        }
    }

    private void make(Path where) throws IOException {
        Path image = image(where);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(BYTES);
        }
        Commands.run(List.of("mkfs.ext4", "-q", "-F", image.toString()));
        Files.createDirectories(where);
        Commands.Ended ended = mount(where);
        if (ended.status() == 0) {
            mounted.add(where);
        } else {
            lack = "a disk of its own needs root and loop devices: " + ended.text().strip();
        }
    }

    private static Path image(Path where) {
        return where.resolveSibling(where.getFileName() + ".ext4");
    }

    private static Commands.Ended mount(Path where) throws IOException {
        return Commands.tryRun(List.of("mount", "-o", "loop", image(where).toString(), where.toString()));
    }

    /** Why there are none; empty if they are there. */
    String lack() {
        return lack;
    }

    /** Where the file that stands for the log device belongs. */
    Path ofLogDevice() {
        return lack.isEmpty() ? directory.resolve(SHARED) : directory;
    }

    /** Leaves no room on it. */
    void fill(Path where) {
        byte[] block = new byte[BLOCK_BYTES];
        try (OutputStream ballast = Files.newOutputStream(ballast(where), StandardOpenOption.CREATE,
                StandardOpenOption.APPEND)) {
            while (true) {
                ballast.write(block);
            }
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("No space left"), e.getMessage());
        }
    }

    void makeRoom(Path where) {
        try {
            Files.delete(ballast(where));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path ballast(Path where) {
        return where.resolve("ballast");
    }

    /** It turns read-only in the middle of work, as ext4 does at an error; what it had not written is lost. */
    void turnReadOnly(Path where) {
        run("mount", "-o", "remount,abort", where.toString());
    }

    /**
     * It is unmounted, and what is on it mounted again; nobody uses it. From a copy: where another mount namespace
     * still has the former one, the kernel would give us that again, broken as it is.
     */
    void mountAgain(Path where) {
        Path copy = where.resolveSibling(where.getFileName() + ".copy");
        run("umount", where.toString());
        run("cp", "--sparse=always", image(where).toString(), copy.toString());
        run("mv", copy.toString(), image(where).toString());
        run("mount", "-o", "loop", image(where).toString(), where.toString());
    }

    /** From now on no write to the log device is answered, on any node. */
    void hangLogDevice() {
        run("fsfreeze", "--freeze", ofLogDevice().toString());
        hangs = true;
    }

    /** What hangs goes on. */
    void answer() {
        if (hangs) {
            hangs = false;
            run("fsfreeze", "--unfreeze", ofLogDevice().toString());
        }
    }

    private static void run(String... command) {
        try {
            Commands.run(List.of(command));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void unmountAll() {
        for (Path where : mounted) {
            run("umount", "--lazy", where.toString());
        }
        mounted.clear();
    }

    @Override
    public void close() {
        answer();
        unmountAll();
    }
}
