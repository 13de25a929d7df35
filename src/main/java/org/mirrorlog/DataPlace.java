package org.mirrorlog;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Which block devices carry a directory, down to the disks: the daemon must not keep its memory on a mirror that waits
 * for the daemon (S24).
 */
final class DataPlace {
    /** Deeper stacks of block devices than any that makes sense. */
    private static final int MOST_DEVICES = 256;

    private final Path sysDevBlock;
    private final Function<String, Optional<String>> tableOf;

    /**
     * @param sysDevBlock {@code /sys/dev/block}
     * @param tableOf the table lines of a device-mapper device, by name; empty where they cannot be read
     */
    DataPlace(Path sysDevBlock, Function<String, Optional<String>> tableOf) {
        this.sysDevBlock = sysDevBlock;
        this.tableOf = tableOf;
    }

    /** The name of a mirror with a userspace log below the device (major:minor), if there is one. */
    Optional<String> mirrorBelow(String device) throws IOException {
        Deque<Path> open = new ArrayDeque<>();
        Set<Path> seen = new LinkedHashSet<>();
        open.add(sysDevBlock.resolve(device));
        while (!open.isEmpty() && seen.size() < MOST_DEVICES) {
            Path directory = open.remove();
            if (!Files.isDirectory(directory) || !seen.add(directory.toRealPath())) {
                continue;
            }
            Path name = directory.resolve("dm/name");
            if (Files.isReadable(name)) {
                String mapped = Files.readString(name).strip();
                if (tableOf.apply(mapped).orElse("").lines().anyMatch(line -> line.contains(" mirror userspace "))) {
                    return Optional.of(mapped);
                }
            }
            addAll(open, directory.resolve("slaves"));
            // A partition has no slaves; its disk, the directory above, may be a mapped device.
            if (Files.exists(directory.resolve("partition"))) {
                open.add(directory.toRealPath().getParent());
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
