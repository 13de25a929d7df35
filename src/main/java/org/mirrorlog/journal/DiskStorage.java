package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** {@link Storage} on a real directory. */
public final class DiskStorage implements Storage {

    static final String LOCK_NAME = "lock";

    private final Path directory;
    private final FileChannel lockChannel;

    private DiskStorage(Path directory, FileChannel lockChannel) {
        this.directory = directory;
        this.lockChannel = lockChannel;
    }

    /** Opens the directory without a lock; it must exist. */
    public static DiskStorage open(Path directory) throws IOException {
        return new DiskStorage(directory, null);
    }

    /**
     * Opens the directory and locks it against other processes. The directory itself is created if it is missing; its
     * parent is not, since a missing parent usually is a file system that is not mounted.
     *
     * @throws JournalException if the directory cannot be used, with what an operator can do
     */
    public static DiskStorage openLocked(Path directory) throws IOException {
        createDirectory(directory);
        Path lockFile = directory.resolve(LOCK_NAME);
        FileChannel channel;
        try {
            channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new JournalException("journal directory " + directory + " cannot be written (" + reason(e)
                    + "): give this user write permission or set mirrorlog.data-dir", e);
        }
        try {
            if (!tryLock(channel)) {
                throw new JournalException("journal directory " + directory + " is in use by another process, which"
                        + " holds a lock on " + lockFile + ": stop that process or set another mirrorlog.data-dir");
            }
            byte[] owner = ("pid " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(owner), 0);
        } catch (JournalException e) {
            channel.close();
            throw e;
        } catch (IOException e) {
            // The lock itself decides; the pid in the file is only a hint for people, and a full disk may refuse it.
            if (!isDiskFull(e)) {
                channel.close();
                throw e;
            }
        }
        return new DiskStorage(directory, channel);
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /**
     * Creates the directory if it is missing and makes its name durable, also if it is there already: whoever created
     * it may not have come so far. Its parent must exist.
     */
    static void createDirectory(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new JournalException("directory " + parent + " does not exist: create it (is its file system"
                    + " mounted?) or set mirrorlog.data-dir");
        }
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(directory);
            }
        } catch (IOException e) {
            throw new JournalException("directory " + directory + " cannot be created (" + reason(e)
                    + "): give this user write permission to " + parent + " or set mirrorlog.data-dir", e);
        }
        force(parent);
    }

    @Override
    public String directory() {
        return directory.toString();
    }

    @Override
    public List<String> list() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(entry.getFileName().toString());
            }
        }
        return names;
    }

    @Override
    public File openForReading(String name) throws IOException {
        return new ChannelFile(FileChannel.open(directory.resolve(name), StandardOpenOption.READ), null);
    }

    @Override
    public File openForWriting(String name) throws IOException {
        return open(name, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Override
    public File create(String name) throws IOException {
        return open(name, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    private File open(String name, OpenOption... options) throws IOException {
        Path path = directory.resolve(name);
        FileChannel channel = FileChannel.open(path, options);
        try {
            return new ChannelFile(channel, inode(path));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static Object inode(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    @Override
    public void find(String name, File file) throws IOException {
        Path path = directory.resolve(name);
        try {
            if (file instanceof ChannelFile own && inode(path).equals(own.inode)) {
                return;
            }
        } catch (NoSuchFileException e) {
            throw new IOException(path + " has been removed or moved while it was in use", e);
        }
        throw new IOException(path + " has been replaced by another file while it was in use");
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void forceDirectory() throws IOException {
        force(directory);
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        if (lockChannel != null) {
            lockChannel.close();
        }
    }

    /** Whether the error says that there is no room, by its text: the JDK has no type for it. */
    public static boolean isDiskFull(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left") || message.contains("quota exceeded");
    }

    /** The error in a few words: the JDK's file exceptions carry only the path as message. */
    public static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    /** @param inode null: open for reading only */
    private record ChannelFile(FileChannel channel, Object inode) implements File {

        @Override
        public long sizeBytes() throws IOException {
            return channel.size();
        }

        @Override
        public int read(ByteBuffer target, long offsetBytes) throws IOException {
            return channel.read(target, offsetBytes);
        }

        @Override
        public int write(ByteBuffer source, long offsetBytes) throws IOException {
            return channel.write(source, offsetBytes);
        }

        @Override
        public void force() throws IOException {
            // fdatasync: also writes the metadata without which the data could not be read again (size, extents).
            channel.force(false);
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            channel.truncate(sizeBytes);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
