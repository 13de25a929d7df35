package org.mirrorlog.device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mirrorlog.posix.FileCalls;
import org.mirrorlog.posix.FileStatus;
import org.mirrorlog.posix.PosixException;
import org.mirrorlog.posix.RawFile;

/**
 * Finds and opens what a constructor string calls a device: {@code major:minor} or a path. Never creates anything that
 * stays.
 */
final class DeviceOpener {
    static final int ENOENT = 2;
    static final int ENOMEM = 12;
    static final int EINVAL = 22;
    static final int EROFS = 30;

    private static final Pattern NUMBER = Pattern.compile("(\\d{1,9}):(\\d{1,9})");
    private static final int MAX_MAJOR = (1 << 12) - 1;
    private static final int MAX_MINOR = (1 << 20) - 1;
    private static final int DEV_DEPTH = 4;
    private static final int DEV_ENTRIES = 100_000;
    private static final String ALLOWED = "; allowed: major:minor or the absolute path of an existing block device";

    private final Path sysDevBlock;
    private final Path dev;
    private final List<Path> nodeParents;

    DeviceOpener() {
        this(Path.of("/sys/dev/block"), Path.of("/dev"),
                List.of(Path.of("/dev"), Path.of(System.getProperty("java.io.tmpdir"))));
    }

    /** @param nodeParents where a private node may be made, in this order; /tmp is often mounted nodev */
    DeviceOpener(Path sysDevBlock, Path dev, List<Path> nodeParents) {
        this.sysDevBlock = sysDevBlock;
        this.dev = dev;
        this.nodeParents = List.copyOf(nodeParents);
    }

    /** An open descriptor, to be closed by whoever takes it. */
    record Opened(RawFile file, DeviceInfo info, long sizeBytes) { }

    Opened open(String device, boolean acceptRegularFile) throws DeviceRefused {
        Matcher number = NUMBER.matcher(device);
        if (number.matches()) {
            return openNumber(device, Integer.parseInt(number.group(1)), Integer.parseInt(number.group(2)));
        }
        if (!device.startsWith("/") || device.indexOf('\0') >= 0) {
            throw refuse(EINVAL, device, "is no device" + ALLOWED, null);
        }
        try {
            Path path = Path.of(device);
            FileStatus status = FileCalls.status(path);
            if (acceptRegularFile && status.type() == FileStatus.Type.REGULAR) {
                return openImage(path);
            }
            // Looked at before it is opened: opening some character devices has effects.
            if (status.type() != FileStatus.Type.BLOCK) {
                throw refuse(EINVAL, device, "is a " + status.type().words() + ALLOWED, null);
            }
            return describe(RawFile.open(path, true), device);
        } catch (PosixException e) {
            throw refuse(e.errno(), device, e.getMessage() + ALLOWED, e);
        }
    }

    private Opened openNumber(String device, int major, int minor) throws DeviceRefused {
        if (major > MAX_MAJOR || minor > MAX_MINOR) {
            throw refuse(EINVAL, device, "is no device number; the highest is " + MAX_MAJOR + ":" + MAX_MINOR, null);
        }
        if (Files.isDirectory(sysDevBlock) && !Files.exists(sysDevBlock.resolve(device))) {
            throw refuse(ENOENT, device, "no block device has this number" + ALLOWED, null);
        }
        Optional<Path> node = namedBySys(device, major, minor).or(() -> searchedInDev(major, minor));
        try {
            RawFile file = node.isPresent() ? RawFile.open(node.get(), true) : openPrivateNode(device, major, minor);
            Opened opened = describe(file, node.map(Path::toString).orElse(device));
            if (opened.info().major() == major && opened.info().minor() == minor) {
                return opened;
            }
            DeviceRefused moved = refuse(ENOENT, device, node.orElseThrow() + " became " + opened.info().number()
                    + " while it was opened" + ALLOWED, null);
            closeAfter(moved, file);
            throw moved;
        } catch (PosixException e) {
            throw refuse(e.errno(), device, e.getMessage() + ALLOWED, e);
        }
    }

    /** The node that the kernel names in {@code uevent}, if it is there and is that device. */
    private Optional<Path> namedBySys(String device, int major, int minor) {
        Path uevent = sysDevBlock.resolve(device).resolve("uevent");
        try {
            return Files.readAllLines(uevent).stream().filter(line -> line.startsWith("DEVNAME="))
                    .map(line -> dev.resolve(line.substring("DEVNAME=".length())))
                    .filter(path -> isBlockDevice(path, major, minor)).findFirst();
        } catch (IOException e) {
            // No sysfs here: the other ways remain.
            return Optional.empty();
        }
    }

    private Optional<Path> searchedInDev(int major, int minor) {
        try (Stream<Path> entries = Files.walk(dev, DEV_DEPTH, new FileVisitOption[0])) {
            return entries.limit(DEV_ENTRIES).filter(path -> isBlockDevice(path, major, minor)).findFirst();
        } catch (IOException | UncheckedIOException e) {
            // A directory vanished or may not be read: a private node remains.
            return Optional.empty();
        }
    }

    private static boolean isBlockDevice(Path path, int major, int minor) {
        try {
            return FileCalls.status(path).isBlockDevice(major, minor);
        } catch (PosixException e) {
            // Gone, or a link to nowhere: not the device.
            return false;
        }
    }

    /** A node of our own in a directory that only we can enter, both removed as soon as it is open. */
    private RawFile openPrivateNode(String device, int major, int minor) throws DeviceRefused {
        List<IOException> reasons = new ArrayList<>();
        for (Path parent : nodeParents) {
            try {
                return openPrivateNode(parent, major, minor);
            } catch (IOException e) {
                reasons.add(e);
            }
        }
        IOException last = reasons.isEmpty() ? new IOException("no place for a device node")
                : reasons.get(reasons.size() - 1);
        DeviceRefused refused = refuse(last instanceof PosixException posix ? posix.errno() : ENOENT, device,
                "has no node in " + dev + ", and none could be made: " + last.getMessage() + ALLOWED, last);
        reasons.stream().filter(reason -> reason != last).forEach(refused::addSuppressed);
        throw refused;
    }

    private static RawFile openPrivateNode(Path parent, int major, int minor) throws IOException {
        Path directory = Files.createTempDirectory(parent, ".mirrorlogd-");
        Path node = directory.resolve(major + ":" + minor);
        try {
            FileCalls.makeBlockNode(node, major, minor);
            return RawFile.open(node, true);
        } finally {
            Files.deleteIfExists(node);
            Files.delete(directory);
        }
    }

    /** An image file: past the page cache where its file system can do that in blocks of 512 bytes. */
    private static Opened openImage(Path path) throws DeviceRefused, PosixException {
        RawFile file = openDirectIfPossible(path);
        try {
            DeviceInfo info = new DeviceInfo(path.toString(), 0, 0, DeviceInfo.MIN_BLOCK_BYTES);
            return new Opened(file, info, file.status().sizeBytes());
        } catch (PosixException e) {
            closeAfter(e, file);
            throw e;
        }
    }

    private static RawFile openDirectIfPossible(Path path) throws PosixException {
        try {
            RawFile direct = RawFile.open(path, true);
            try {
                direct.read(RawFile.alignedBuffer(DeviceInfo.MIN_BLOCK_BYTES), 0);
                return direct;
            } catch (PosixException e) {
                closeAfter(e, direct);
                throw e;
            }
        } catch (PosixException e) {
            if (e.errno() != EINVAL) {
                throw e;
            }
            return RawFile.open(path, false);
        }
    }

    private static Opened describe(RawFile file, String path) throws DeviceRefused {
        try {
            FileStatus status = file.status();
            // The kernel lets a read-only device be opened for writing and refuses the writes.
            if (file.isReadOnly()) {
                throw refuse(EROFS, path, "is read-only; every node must be able to write its log", null);
            }
            int blockBytes = file.blockSizeBytes();
            if (!DeviceInfo.isBlockSize(blockBytes)) {
                throw refuse(EINVAL, path, "has logical blocks of " + blockBytes + " bytes; allowed: a power of two, "
                        + DeviceInfo.MIN_BLOCK_BYTES + " to " + DeviceInfo.MAX_BLOCK_BYTES, null);
            }
            DeviceInfo info = new DeviceInfo(path, status.major(), status.minor(), blockBytes);
            return new Opened(file, info, file.blockDeviceSizeBytes());
        } catch (DeviceRefused e) {
            closeAfter(e, file);
            throw e;
        } catch (PosixException e) {
            closeAfter(e, file);
            throw refuse(e.errno(), path, e.getMessage(), e);
        }
    }

    /** Closes what was opened in vain; a further error is kept with the first. */
    static void closeAfter(Exception first, AutoCloseable file) {
        try {
            file.close();
        } catch (Exception e) {
            first.addSuppressed(e);
        }
    }

    static DeviceRefused refuse(int errno, String device, String text, Throwable cause) {
        return new DeviceRefused(errno, "log device " + device + ": " + text, cause);
    }
}
