package org.mirrorlog.instance;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** The calls that records make on a file system. Any of them may fail. */
interface RecordDisk {
    /** This machine's. */
    RecordDisk REAL = new RecordDisk() { };

    /** An open file. */
    interface Content extends AutoCloseable {
        /** Writes some of the bytes; returns how many. */
        int write(ByteBuffer from, long at) throws IOException;

        /** Reads some bytes; returns how many, or -1 at the end. */
        int read(ByteBuffer into, long at) throws IOException;

        long size() throws IOException;

        /** What was written survives the machine. */
        void force() throws IOException;

        /**
         * Looks whether whoever opens this path finds it. What is written to a file that was removed, moved or replaced
         * while it was open is nowhere once it is closed.
         *
         * @throws IOException they do not, or nobody knows
         */
        default void find(Path path) throws IOException {
            // Where nobody else can come every file keeps its name.
        }

        /**
         * Maps it, until it is closed: where all memory of the process is locked, present and future (S24), its pages
         * stay in memory from then on. Where it cannot be mapped, they may not.
         */
        default void pin() {
        }

        @Override
        void close() throws IOException;
    }

    /** A file that exists. */
    default Content open(Path path) throws IOException {
        return Channel.of(path, FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** An empty file; an older one of this name is emptied. */
    default Content create(Path path) throws IOException {
        return Channel.of(path, FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING));
    }

    /** At once: the new name is that of either file, at any moment. */
    default void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A second name of the same file; whatever had it before loses it. */
    default void link(Path from, Path to) throws IOException {
        Files.deleteIfExists(to);
        Files.createLink(to, from);
    }

    default void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    /** The names in it survive the machine. */
    default void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    default List<Path> list(Path directory, String glob) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, glob)) {
            paths.forEach(found::add);
        }
        return found;
    }

    /** A file of this machine. */
    final class Channel implements Content {
        private final FileChannel channel;
        private final Object inode;
        private MappedByteBuffer pinned;

        private Channel(FileChannel channel, Object inode) {
            this.channel = channel;
            this.inode = inode;
        }

        private static Channel of(Path path, FileChannel channel) throws IOException {
            try {
                return new Channel(channel, inode(path));
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }

        private static Object inode(Path path) throws IOException {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        }

        @Override
        public void find(Path path) throws IOException {
            try {
                if (inode(path).equals(inode)) {
                    return;
                }
            } catch (NoSuchFileException e) {
                throw new IOException(path + " has been removed or moved while it was in use", e);
            }
            throw new IOException(path + " has been replaced by another file while it was in use");
        }

        @Override
        public int write(ByteBuffer from, long at) throws IOException {
            return channel.write(from, at);
        }

        @Override
        public int read(ByteBuffer into, long at) throws IOException {
            return channel.read(into, at);
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void force() throws IOException {
            channel.force(true);
        }

        @Override
        public void pin() {
            try {
                unpin();
                pinned = channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), Integer.MAX_VALUE));
            } catch (IOException e) {
                // Not more memory may be locked, or mapped: the daemon has told at its start what it may not.
                pinned = null;
            }
        }

        /** At once, for nobody reads it there; where that cannot be, with some collection of garbage. */
        private void unpin() {
            MappedByteBuffer mapped = pinned;
            pinned = null;
            if (mapped == null) {
                return;
            }
            try {
                Class<?> unsafe = Class.forName("sun.misc.Unsafe");
                Field one = unsafe.getDeclaredField("theUnsafe");
                one.setAccessible(true);
                unsafe.getMethod("invokeCleaner", ByteBuffer.class).invoke(one.get(null), mapped);
            } catch (ReflectiveOperationException e) {
                return;
            }
        }

        @Override
        public void close() throws IOException {
            unpin();
            channel.close();
        }
    }

    /** A file of this machine that is not to be changed. */
    static Content openToRead(Path path) throws IOException {
        return Channel.of(path, FileChannel.open(path, StandardOpenOption.READ));
    }

    /** The same, with a message that says where it was. */
    static IOException at(Path path, IOException what) {
        String said = String.valueOf(what.getMessage());
        return said.contains(path.toString()) ? what : new IOException(path + ": " + said, what);
    }

    /** All bytes, from the position to the limit. */
    static void writeFully(Content content, ByteBuffer from, long at) throws IOException {
        for (long to = at; from.hasRemaining();) {
            int written = content.write(from, to);
            if (written <= 0) {
                throw new IOException("a write of " + from.remaining() + " bytes wrote nothing");
            }
            to += written;
        }
    }

    /** What a file begins with, or all of it; each byte is a character. */
    static String head(Content content, int mostBytes) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(mostBytes);
        while (bytes.hasRemaining() && content.read(bytes, bytes.position()) > 0) {
            // Until the end, or as much as there can be.
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }

    /** As many bytes as there is room for, ready to be taken; throws IllegalArgumentException if the file has fewer. */
    static ByteBuffer readFully(Path path, Content content, ByteBuffer into, long at) throws IOException {
        for (long from = at; into.hasRemaining();) {
            int read = content.read(into, from);
            if (read <= 0) {
                throw new IllegalArgumentException(path + " ends at byte " + from + ", too early");
            }
            from += read;
        }
        return into.flip();
    }
}
