package org.mirrorlog.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.mirrorlog.protocol.ConstructorString;

/**
 * An instance's record in a file: what is stored survives the JVM's sudden end, because the kernel keeps the pages. It
 * need not survive the machine's: another boot id voids it.
 *
 * <p>The file is a {@link RecordHeader} and two halves. One half counts: a whole memory, and changes one after the
 * other ({@link TableRecordCodec}), as many bytes as the header says; it says so after the change is stored (D14).
 * When the
 * half is full, the memory that it leads to is written whole into the other one, which counts from then on. All of the
 * file's room is taken when it is made, {@link RecordRoom} says how much: later writes go where something was
 * written before. They are calls that may fail, not stores to mapped memory, which end the process where a disk fails.
 * It is mapped nevertheless, never read there, so that locked memory keeps its pages (S24): a tmpfs may be swapped out.
 */
final class RecordFile implements InstanceRecord {
    private static final int ZEROS = 64 * 1024;

    private final RecordDisk disk;
    private final Path path;
    private final RecordHeader header;
    private RecordDisk.Content content;
    private Memory memory;
    /** Of version 1, or too small: the next change goes into a new file. */
    private boolean isOutgrown;
    private int half;
    private long halfBytes;
    private int used;
    private CRC32C crc = new CRC32C();
    /** A write has failed: what is stored is not known before it is read anew. */
    private boolean isDoubtful;

    private RecordFile(RecordDisk disk, Path path, RecordHeader header) {
        this.disk = disk;
        this.path = path;
        this.header = header;
    }

    /** A new record; an older file of this name is replaced as a whole. */
    static RecordFile create(RecordDisk disk, Path path, RecordHeader names, Memory memory) throws IOException {
        RecordFile file = new RecordFile(disk, path, names);
        file.writeNew(memory, () -> { });
        file.memory = memory;
        return file;
    }

    /**
     * The same record elsewhere. This file is gone before the other one counts, so that what is older is never found
     * beside it.
     *
     * @throws IOException it is not there, and this record goes on
     * @throws UncheckedIOException it may be there: this record must not go on, or the other one would be an older one
     */
    RecordFile movedTo(Path target) throws IOException {
        RecordFile moved = new RecordFile(disk, target, names(header.bootId(), header.key(), header.constructor()));
        AtomicBoolean isRenamed = new AtomicBoolean();
        try {
            moved.writeNew(memory, () -> {
                disk.delete(path);
                isRenamed.set(true);
            });
        } catch (IOException e) {
            if (isRenamed.get()) {
                deleteOrStop(target, e);
            }
            throw e;
        }
        moved.memory = memory;
        close();
        return moved;
    }

    /** A rename that has failed may have happened. */
    private void deleteOrStop(Path target, IOException why) {
        try {
            disk.delete(target);
        } catch (IOException e) {
            close();
            e.addSuppressed(why);
            throw new UncheckedIOException("instance record " + target + " may be there, and cannot be deleted: "
                    + e.getMessage(), e);
        }
    }

    /** What is done before a new file counts. */
    private interface Step {
        void run() throws IOException;
    }

    /** What a new record says of its table. */
    static RecordHeader names(String bootId, InstanceKey key, String constructor) {
        return new RecordHeader(RecordHeader.VERSION, 0, 0, bootId, key, constructor);
    }

    /** Reads a record. Throws IllegalArgumentException that says what is wrong with the file. */
    static RecordFile open(RecordDisk disk, Path path) throws IOException {
        RecordDisk.Content content = disk.open(path);
        try {
            RecordHeader header = RecordHeader.read(path,
                    RecordDisk.readFully(path, content, ByteBuffer.allocate(RecordHeader.BYTES), 0));
            RecordFile file = new RecordFile(disk, path, header);
            file.content = content;
            file.read(header);
            content.pin();
            return file;
        } catch (IOException | RuntimeException | Error e) {
            content.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    InstanceKey key() {
        return header.key();
    }

    String bootId() {
        return header.bootId();
    }

    String constructor() {
        return header.constructor();
    }

    Memory memory() {
        return memory;
    }

    private void read(RecordHeader stored) throws IOException {
        isOutgrown = stored.version() == 1;
        half = isOutgrown ? 0 : stored.half();
        halfBytes = isOutgrown ? content.size() - RecordHeader.BYTES : stored.halfBytes();
        long bytes = isOutgrown ? stored.state() : stored.changeBytes();
        boolean isCut = !isOutgrown && content.size() < RecordHeader.BYTES + 2 * halfBytes;
        if (bytes < 0 || bytes > Math.min(halfBytes, Integer.MAX_VALUE) || isCut) {
            throw new IllegalArgumentException(path + " has " + content.size() + " bytes and claims " + bytes
                    + " bytes of changes in halves of " + halfBytes);
        }
        used = (int) bytes;
        ByteBuffer changes = RecordDisk.readFully(path, content, ByteBuffer.allocate(used), at(half))
                .order(ByteOrder.LITTLE_ENDIAN);
        crc.update(changes.duplicate());
        if (!isOutgrown && (int) crc.getValue() != stored.crc()) {
            throw new IllegalArgumentException(path + ": the checksum of its changes is wrong");
        }
        memory = replay(changes);
    }

    private Memory replay(ByteBuffer changes) {
        Memory replayed = Memory.constructed();
        try {
            while (changes.hasRemaining()) {
                replayed = replayed.after(TableRecordCodec.decode(changes));
            }
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new IllegalArgumentException(path + " is damaged at byte " + (at(half) + changes.position()), e);
        }
        return replayed;
    }

    private long at(int which) {
        return RecordHeader.BYTES + which * halfBytes;
    }

    @Override
    public void append(RecordChange change) {
        try {
            if (isDoubtful) {
                throw new IOException("a write to it has failed, and it was not read anew since");
            }
            isDoubtful = true;
            Memory next = memory.after(change);
            ByteBuffer bytes = encode(change);
            RecordChange.Whole whole = new RecordChange.Whole(next);
            if (!isOutgrown && !(change instanceof RecordChange.Whole) && used + bytes.remaining() <= halfBytes) {
                RecordDisk.writeFully(content, bytes.duplicate(), at(half) + used);
                store(half, used, bytes, crc);
            } else if (!isOutgrown && TableRecordCodec.sizeBound(whole) <= halfBytes) {
                ByteBuffer compact = encode(whole);
                RecordDisk.writeFully(content, compact.duplicate(), at(1 - half));
                store(1 - half, 0, compact, new CRC32C());
            } else {
                writeNew(next, () -> { });
            }
            memory = next;
            isDoubtful = false;
        } catch (IOException e) {
            throw new UncheckedIOException("instance record " + path + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static ByteBuffer encode(RecordChange change) {
        ByteBuffer bytes = ByteBuffer.allocate(TableRecordCodec.sizeBound(change)).order(ByteOrder.LITTLE_ENDIAN);
        TableRecordCodec.encode(change, bytes);
        return bytes.flip();
    }

    /**
     * These bytes count from here on, behind so many others. If that fails, nobody knows whether they do: the file must
     * be read anew.
     */
    private void store(int where, int before, ByteBuffer bytes, CRC32C crcBefore) throws IOException {
        int after = before + bytes.remaining();
        crcBefore.update(bytes.duplicate());
        ByteBuffer state = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(RecordHeader.state(where, after, (int) crcBefore.getValue())).flip();
        RecordDisk.writeFully(content, state, RecordHeader.STATE_AT);
        half = where;
        used = after;
        crc = crcBefore;
    }

    /** A new file with all the room that this one will ever need; after that step it takes the old one's name. */
    private void writeNew(Memory first, Step before) throws IOException {
        RecordChange whole = new RecordChange.Whole(first);
        ByteBuffer bytes = encode(whole);
        long newHalf = Math.max(RecordRoom.halfBytes(regionCount()), 2L * bytes.remaining());
        if (newHalf > Integer.MAX_VALUE / 2) {
            throw new IOException("a record of " + 2 * newHalf + " bytes is larger than any may be");
        }
        CRC32C newCrc = new CRC32C();
        newCrc.update(bytes.duplicate());
        Path fresh = path.resolveSibling(path.getFileName() + RecordDirectory.UNFINISHED);
        RecordDisk.Content next = disk.create(fresh);
        try {
            fill(next, RecordHeader.BYTES + 2 * newHalf);
            RecordDisk.writeFully(next, bytes.duplicate(), RecordHeader.BYTES);
            RecordDisk.writeFully(next, new RecordHeader(RecordHeader.VERSION,
                    RecordHeader.state(0, bytes.remaining(), (int) newCrc.getValue()), (int) newHalf, header.bootId(),
                    header.key(), header.constructor()).bytes(), 0);
            before.run();
            disk.move(fresh, path);
        } catch (IOException | RuntimeException e) {
            giveUp(next, fresh, e);
            throw e;
        }
        close();
        content = next;
        content.pin();
        isOutgrown = false;
        half = 0;
        halfBytes = newHalf;
        used = bytes.remaining();
        crc = newCrc;
    }

    /** The room goes back. */
    private void giveUp(RecordDisk.Content next, Path fresh, Exception why) {
        try {
            next.close();
            disk.delete(fresh);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private long regionCount() {
        ConstructorString parsed =
                ConstructorString.parse(header.constructor().getBytes(StandardCharsets.ISO_8859_1));
        return parsed instanceof ConstructorString.Parsed valid ? valid.spec().regionCount() : 0;
    }

    /** Real blocks, not a hole. */
    private static void fill(RecordDisk.Content next, long size) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS, size));
        for (long at = 0; at < size; at += zeros.limit()) {
            RecordDisk.writeFully(next, zeros.clear().limit((int) Math.min(zeros.capacity(), size - at)), at);
        }
    }

    @Override
    public Memory readAnew() throws IOException {
        close();
        RecordFile again = open(disk, path);
        if (!again.bootId().equals(bootId()) || !again.key().equals(key())) {
            again.close();
            throw new IOException("instance record " + path + " is now of log " + again.key() + ", boot "
                    + again.bootId() + ": somebody else has put it there");
        }
        content = again.content;
        isOutgrown = again.isOutgrown;
        half = again.half;
        halfBytes = again.halfBytes;
        used = again.used;
        crc = again.crc;
        memory = again.memory;
        isDoubtful = false;
        return memory;
    }

    @Override
    public void destroy() {
        close();
        try {
            disk.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException("instance record " + path + " cannot be deleted: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            if (content != null) {
                content.close();
            }
        } catch (IOException e) {
            // Nothing is buffered here: whatever was to be stored was written by calls that succeeded.
            content = null;
        }
    }
}
