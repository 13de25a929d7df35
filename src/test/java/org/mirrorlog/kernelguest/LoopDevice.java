package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A disk's file as a block device of this machine, under the path that the disk has in the guest: so one path in a
 * table line names the same bytes for the guest's kernel and for the daemon outside.
 *
 * <p>The device is bound to this open object (autoclear): it goes away with this JVM, however that ends.
 */
final class LoopDevice implements AutoCloseable {
    private final Path link;
    private final String majorMinor;
    private final FileChannel open;

    private LoopDevice(Path link, String majorMinor, FileChannel open) {
        this.link = link;
        this.majorMinor = majorMinor;
        this.open = open;
    }

    /** Attaches {@code file} without a cache and links {@code link} to the device. */
    static LoopDevice attach(Path file, Path link) throws IOException {
        String device = Shell.run("losetup", "--find", "--show", "--direct-io=on", file.toString());
        FileChannel open = FileChannel.open(Path.of(device), StandardOpenOption.READ);
        try {
            Shell.run("losetup", "--detach", device);
            Files.createDirectories(link.getParent());
            Files.createSymbolicLink(link, Path.of(device));
            String name = Path.of(device).getFileName().toString();
            return new LoopDevice(link, Files.readString(Path.of("/sys/block", name, "dev")).strip(), open);
        } catch (IOException | RuntimeException e) {
            open.close();
            throw e;
        }
    }

    /** The numbers of the device on this machine, as the daemon's status line shows them. */
    String majorMinor() {
        return majorMinor;
    }

    @Override
    public void close() throws IOException {
        open.close();
        Files.deleteIfExists(link);
    }
}
