package org.mirrorlog.daemon;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which block devices carry a directory, down to the disks: the daemon must not keep its memory on a mirror that waits
 * for the daemon (S24).
 */
final class DataPlace {
    /** Deeper stacks of block devices than any that makes sense. */
    private static final int MOST_DEVICES = 256;

    private final Path sysDevBlock;
    private final Tables tables;

    /** The table lines of device-mapper devices. */
    @FunctionalInterface
    interface Tables {
        /** Of the device of this name; throws where they cannot be told. */
        String of(String name) throws IOException;
    }

    /** @param sysDevBlock {@code /sys/dev/block} */
    DataPlace(Path sysDevBlock, Tables tables) {
        this.sysDevBlock = sysDevBlock;
        this.tables = tables;
    }

    /**
     * The name of a mirror with a userspace log below the device (major:minor), if there is one.
     *
     * @throws IOException it cannot be told
     */
    Optional<String> mirrorBelow(String device) throws IOException {
        Deque<Path> open = new ArrayDeque<>();
        Set<Path> seen = new LinkedHashSet<>();
        open.add(sysDevBlock.resolve(device));
        while (!open.isEmpty()) {
            if (seen.size() == MOST_DEVICES) {
                throw new IOException("more than " + MOST_DEVICES + " block devices are below " + device);
            }
            Path link = open.remove();
            if (!Files.isDirectory(link)) {
                continue;
            }
            // The real one: a path through the links of many devices is followed by nobody.
            Path directory = link.toRealPath();
            if (!seen.add(directory)) {
                continue;
            }
            Path name = directory.resolve("dm/name");
            if (Files.exists(name)) {
                String mapped = Files.readString(name).strip();
                if (tables.of(mapped).lines().anyMatch(line -> line.contains(" mirror userspace "))) {
                    return Optional.of(mapped);
                }
            }
            addAll(open, directory.resolve("slaves"));
            // A partition has no slaves; its disk, the directory above, may be a mapped device.
            if (Files.exists(directory.resolve("partition"))) {
                open.add(directory.getParent());
            }
        }
        return Optional.empty();
    }

    /** The device that carries a file, as major:minor (the encoding of st_dev that the kernel uses for user space). */
    static String deviceOf(Path path) throws IOException {
        long number = (Long) Files.getAttribute(path, "unix:dev");
        long major = number >>> 8 & 0xfff | number >>> 32 & 0xffff_f000L;
        long minor = number & 0xff | number >>> 12 & 0xffff_ff00L;
        return major + ":" + minor;
    }

    private static void addAll(Deque<Path> open, Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> below = Files.newDirectoryStream(directory)) {
                below.forEach(open::add);
            }
        }
    }
}
