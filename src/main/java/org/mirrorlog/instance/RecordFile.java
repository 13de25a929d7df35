package org.mirrorlog.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * An instance's record in a memory-mapped file: what is stored survives the JVM's sudden end, because the kernel keeps
 * the pages. It need not survive the machine's: another boot id voids it.
 *
 * <pre>
 *   0  u32  magic "MLIR"
 *   4  u32  version 1
 *   8  u64  bytes of changes; stored last, after the change itself (D14)
 *  16  u64  luid
 *  24  u32  CRC32C of boot id, uuid, constructor
 *  28  u16  length of boot id, u16 of uuid, u16 of constructor, u16 0
 *  36  …    boot id, uuid, constructor
 * 1024 …    changes, one after the other ({@link RecordCodec})
 * </pre>
 *
 * When the changes fill the file, the memory they lead to is written whole into a new file, which replaces the old one.
 */
final class RecordFile implements InstanceRecord {
    private static final int MAGIC = 0x52494c4d;
    private static final int VERSION = 1;
    private static final int MAGIC_AT = 0;
    private static final int VERSION_AT = 4;
    private static final int CHANGE_BYTES_AT = 8;
    private static final int LUID_AT = 16;
    private static final int CRC_AT = 24;
    private static final int LENGTHS_AT = 28;
    private static final int NAMES_AT = 36;
    private static final int CHANGES_AT = 1024;
    private static final int SMALLEST_BYTES = 64 * 1024;
    private static final VarHandle LONG =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final String bootId;
    private final InstanceKey key;
    private final String constructor;
    private MappedByteBuffer map;
    private Memory memory;

    private RecordFile(Path path, String bootId, InstanceKey key, String constructor, Memory memory) {
        this.path = path;
        this.bootId = bootId;
        this.key = key;
        this.constructor = constructor;
        this.memory = memory;
    }

    /** A new record; an older file of this name is replaced as a whole. */
    static RecordFile create(Path path, String bootId, InstanceKey key, String constructor, Memory memory) {
        RecordFile file = new RecordFile(path, bootId, key, constructor, memory);
        file.rewrite(memory);
        return file;
    }

    InstanceKey key() {
        return key;
    }

    String bootId() {
        return bootId;
    }

    String constructor() {
        return constructor;
    }

    Memory memory() {
        return memory;
    }

    /** Reads a record. Throws IllegalArgumentException that says what is wrong with the file. */
    static RecordFile open(Path path) throws IOException {
        MappedByteBuffer map;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < SMALLEST_BYTES || channel.size() > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(path + " has " + channel.size() + " bytes, a record has at least "
                        + SMALLEST_BYTES);
            }
            map = map(channel, (int) channel.size());
        }
        if (map.getInt(MAGIC_AT) != MAGIC || map.getInt(VERSION_AT) != VERSION) {
            throw new IllegalArgumentException(path + " is no instance record of version " + VERSION);
        }
        String[] names = names(path, map);
        RecordFile file = new RecordFile(path, names[0], new InstanceKey(names[1], map.getLong(LUID_AT)), names[2],
                Memory.constructed());
        file.map = map;
        file.memory = replay(path, map);
        return file;
    }

    private static String[] names(Path path, ByteBuffer map) {
        String[] names = new String[3];
        int at = NAMES_AT;
        for (int i = 0; i < names.length; i++) {
            int length = Short.toUnsignedInt(map.getShort(LENGTHS_AT + 2 * i));
            if (at + length > CHANGES_AT) {
                throw new IllegalArgumentException(path + ": a name of " + length + " bytes does not fit the header");
            }
            byte[] bytes = new byte[length];
            map.get(at, bytes);
            names[i] = new String(bytes, StandardCharsets.ISO_8859_1);
            at += length;
        }
        if (map.getInt(CRC_AT) != crc(names)) {
            throw new IllegalArgumentException(path + ": the header's checksum is wrong");
        }
        return names;
    }

    private static int crc(String... names) {
        CRC32C crc = new CRC32C();
        for (String name : names) {
            crc.update(name.getBytes(StandardCharsets.ISO_8859_1));
            crc.update(0);
        }
        return (int) crc.getValue();
    }

    private static Memory replay(Path path, MappedByteBuffer map) {
        long bytes = (long) LONG.getAcquire(map, CHANGE_BYTES_AT);
        if (bytes < 0 || bytes > map.capacity() - CHANGES_AT) {
            throw new IllegalArgumentException(path + " claims " + bytes + " bytes of changes");
        }
        ByteBuffer changes = map.duplicate().order(ByteOrder.LITTLE_ENDIAN)
                .position(CHANGES_AT).limit(CHANGES_AT + (int) bytes);
        Memory memory = Memory.constructed();
        try {
            while (changes.hasRemaining()) {
                memory = memory.after(RecordCodec.decode(changes));
            }
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new IllegalArgumentException(path + " is damaged at byte " + changes.position(), e);
        }
        return memory;
    }

    @Override
    public void append(RecordChange change) {
        Memory next = memory.after(change);
        long used = (long) LONG.getOpaque(map, CHANGE_BYTES_AT);
        if (CHANGES_AT + used + RecordCodec.sizeBound(change) > map.capacity()) {
            rewrite(next);
        } else {
            map.position(CHANGES_AT + (int) used);
            RecordCodec.encode(change, map);
            LONG.setRelease(map, CHANGE_BYTES_AT, (long) map.position() - CHANGES_AT);
        }
        memory = next;
    }

    /**
     * The memory as one change in a new file, with room for as many changes again; then it takes the old one's name.
     */
    private void rewrite(Memory content) {
        RecordChange whole = new RecordChange.Whole(content);
        int size = Math.max(SMALLEST_BYTES, CHANGES_AT + 4 * RecordCodec.sizeBound(whole));
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            fill(channel, size);
            MappedByteBuffer next = map(channel, size);
            writeHeader(next);
            next.position(CHANGES_AT);
            RecordCodec.encode(whole, next);
            LONG.setRelease(next, CHANGE_BYTES_AT, (long) next.position() - CHANGES_AT);
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            map = next;
        } catch (IOException e) {
            throw new UncheckedIOException("instance record " + path + " cannot be written", e);
        }
    }

    /** Real blocks, not a hole: a mapped page without a block to go to would end the JVM. */
    private static void fill(FileChannel channel, int size) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate(SMALLEST_BYTES);
        for (long written = 0; written < size;) {
            zeros.clear().limit((int) Math.min(SMALLEST_BYTES, size - written));
            written += channel.write(zeros);
        }
    }

    private void writeHeader(ByteBuffer next) {
        next.putInt(MAGIC_AT, MAGIC).putInt(VERSION_AT, VERSION).putLong(LUID_AT, key.luid())
                .putInt(CRC_AT, crc(bootId, key.uuid(), constructor));
        int at = NAMES_AT;
        String[] names = {bootId, key.uuid(), constructor};
        for (int i = 0; i < names.length; i++) {
            byte[] bytes = names[i].getBytes(StandardCharsets.ISO_8859_1);
            next.putShort(LENGTHS_AT + 2 * i, (short) bytes.length);
            next.put(at, bytes);
            at += bytes.length;
        }
    }

    private static MappedByteBuffer map(FileChannel channel, int size) throws IOException {
        MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
        map.order(ByteOrder.LITTLE_ENDIAN);
        return map;
    }

    @Override
    public void destroy() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("instance record " + path + " cannot be deleted", e);
        }
    }

    @Override
    public void close() {
        map.force();
    }
}
