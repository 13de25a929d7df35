package org.mirrorlog.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which block devices carry a directory, down to the disks: the daemon must not keep its memory on a mirror that waits
 * for the daemon (S24).
 */
final class DataPlace {
    /** Deeper stacks of block devices than any that makes sense. */
    private static final int MOST_DEVICES = 256;
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final int MOUNT_POINT = 4;
    private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

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

    /**
     * The device that carries a file, as major:minor (the encoding of st_dev that the kernel uses for user space); of a
     * file system that has a number of its own, such as btrfs, the device that it is mounted from, where it says one.
     *
     * @throws IOException it cannot be told
     */
    static String deviceOf(Path path) throws IOException {
        long number = (Long) Files.getAttribute(path, "unix:dev");
        return deviceOf(number, isOfDevice(number) ? Optional.empty()
                : source(Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1), path.toRealPath()));
    }

    private static boolean isOfDevice(long number) {
        return !text(number).startsWith("0:");
    }

    /**
     * The device node from which the file system of a file is mounted; empty if it is none.
     *
     * @param mounts lines of /proc/self/mountinfo; later ones lie above earlier ones
     */
    static Optional<Path> source(List<String> mounts, Path file) {
        Path point = null;
        String from = "";
        for (String line : mounts) {
            List<String> words = List.of(line.split(" "));
            Path its = path(plain(words.get(MOUNT_POINT)));
            if (its != null && file.startsWith(its) && (point == null || its.getNameCount() >= point.getNameCount())) {
                point = its;
                from = plain(words.get(words.indexOf("-") + 2));
            }
        }
        return Optional.of(from).filter(text -> text.startsWith("/dev/")).map(Path::of);
    }

    /** Null where this JVM has no way to write it: then no path that it has leads there. */
    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static String plain(String escaped) {
        byte[] bytes = OCTAL.matcher(escaped).replaceAll(found -> Matcher.quoteReplacement(
                String.valueOf((char) Integer.parseInt(found.group(1), 8)))).getBytes(StandardCharsets.ISO_8859_1);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** @param source device node of a file system without a device of its own */
    static String deviceOf(long number, Optional<Path> source) throws IOException {
        return text(isOfDevice(number) || source.isEmpty() ? number
                : (Long) Files.getAttribute(source.get(), "unix:rdev"));
    }

    private static String text(long number) {
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
