package org.mirrorlog.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The numbers in one file: a block of 64 bytes that says what it is, then one for each log, little-endian:
 *
 * <pre>
 *  0  16  first half of the SHA-256 of the log's name
 * 16   8  number of the last commit heard of; 0: none yet
 * 24   8  whose answer it was
 * 32   4  CRC-32C of the 32 bytes before
 * 36  28  zeros
 * </pre>
 *
 * A block that is damaged, and a file that is full, make every log that has no block count as heard of: such a log
 * never starts clean where its journal does not know it. {@link #force()} may be called from any thread.
 */
final class HeardFile implements HeardNumbers {
    static final String NAME = "heard";
    /** The file has 4 MiB then. */
    static final int MOST = (1 << 16) - 1;

    private static final int BLOCK = 64;
    private static final int SUMMED = 32;
    private static final int BLOCKS_AT_ONCE = 64;
    private static final byte[] MAGIC = "mlheard1".getBytes(StandardCharsets.US_ASCII);
    private static final int DOUBT_AT = MAGIC.length;
    private static final Last DOUBTFUL = new Last(1, 0);

    private final RecordDisk disk;
    private final Path path;
    private final Map<Name, Entry> entries = new HashMap<>();
    private volatile RecordDisk.Content content;
    private int blocks;
    private int end = 1;
    private boolean isDoubtful;
    private volatile boolean isUnforced;
    /** What could not be written, by the log's name; tried again whenever something is noted. */
    private final Map<String, Last> unwritten = new HashMap<>();
    /** Why; null: all is written. */
    private volatile String failure;

    /** A name's digest. */
    private record Name(long high, long low) {
        static Name of(String uuid) {
            try {
                ByteBuffer digest = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256")
                        .digest(uuid.getBytes(StandardCharsets.ISO_8859_1))).order(ByteOrder.LITTLE_ENDIAN);
                return new Name(digest.getLong(), digest.getLong());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }

    /** What a block says. */
    private record Entry(int block, long number, long reign) { }

    HeardFile(RecordDisk disk, Path directory) {
        this.disk = disk;
        this.path = directory.resolve(NAME);
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Override
    public Last last(String uuid) {
        try {
            openIfThere();
        } catch (IOException e) {
            // Tried again with the next question; until then nobody knows.
            return DOUBTFUL;
        }
        Entry entry = entries.get(Name.of(uuid));
        if (entry == null) {
            return isDoubtful || entries.size() >= MOST ? DOUBTFUL : Last.NEVER;
        }
        return new Last(entry.number(), entry.reign());
    }

    @Override
    public void reserve(String uuid) {
        Name name = Name.of(uuid);
        try {
            openIfThere();
            if (content == null) {
                create(false);
            }
            if (entries.containsKey(name) || entries.size() >= MOST) {
                return;
            }
            if (end == blocks) {
                extend();
            }
            Entry reserved = new Entry(end, 0, 0);
            write(name, reserved);
            entries.put(name, reserved);
            end++;
        } catch (IOException e) {
            throw new UncheckedIOException("no room for what is heard of this log, in " + path + ": " + e.getMessage(),
                    e);
        }
    }

    @Override
    public void note(String uuid, long number, long reign) {
        Last heard = new Last(number, reign);
        try {
            write(uuid, heard);
            unwritten.remove(uuid);
            for (Map.Entry<String, Last> each : List.copyOf(unwritten.entrySet())) {
                write(each.getKey(), each.getValue());
                unwritten.remove(each.getKey());
            }
            failure = null;
        } catch (IOException | UncheckedIOException e) {
            unwritten.put(uuid, heard);
            failure = e.getMessage();
        }
    }

    private void write(String uuid, Last heard) throws IOException {
        Name name = Name.of(uuid);
        if (!entries.containsKey(name)) {
            // A table that an older build has constructed, or one log too many.
            reserve(uuid);
        }
        Entry entry = entries.get(name);
        if (entry != null) {
            Entry next = new Entry(entry.block(), heard.number(), heard.reign());
            entries.put(name, next);
            write(name, next);
        }
    }

    private void write(Name name, Entry entry) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN).putLong(name.high())
                .putLong(name.low()).putLong(entry.number()).putLong(entry.reign());
        bytes.putInt(crc(bytes.duplicate().flip())).clear();
        RecordDisk.writeFully(content, bytes, (long) entry.block() * BLOCK);
        isUnforced = true;
    }

    private void extend() throws IOException {
        RecordDisk.writeFully(content, ByteBuffer.allocate(BLOCKS_AT_ONCE * BLOCK), (long) blocks * BLOCK);
        blocks += BLOCKS_AT_ONCE;
    }

    private void create(boolean isInDoubt) throws IOException {
        RecordDisk.Content created = disk.create(path);
        try {
            ByteBuffer first = ByteBuffer.allocate(BLOCKS_AT_ONCE * BLOCK).put(MAGIC).put((byte) (isInDoubt ? 1 : 0));
            RecordDisk.writeFully(created, first.clear(), 0);
            created.force();
        } catch (IOException e) {
            created.close();
            disk.delete(path);
            throw e;
        }
        content = created;
        blocks = BLOCKS_AT_ONCE;
        isDoubtful = isInDoubt;
    }

    private void openIfThere() throws IOException {
        if (content != null) {
            return;
        }
        RecordDisk.Content opened;
        try {
            opened = disk.open(path);
        } catch (NoSuchFileException e) {
            return;
        }
        try {
            read(opened);
            content = opened;
        } catch (IllegalArgumentException e) {
            opened.close();
            disk.move(path, path.resolveSibling(NAME + ".damaged"));
            create(true);
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private void read(RecordDisk.Content opened) throws IOException {
        entries.clear();
        end = 1;
        blocks = (int) Math.min(opened.size() / BLOCK, MOST + 1);
        ByteBuffer bytes = RecordDisk.readFully(path, opened, ByteBuffer.allocate(Math.max(1, blocks) * BLOCK), 0)
                .order(ByteOrder.LITTLE_ENDIAN);
        if (!bytes.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
            throw new IllegalArgumentException(path + " is not a file of numbers heard");
        }
        isDoubtful = bytes.get(DOUBT_AT) != 0;
        for (int block = 1; block < blocks; block++) {
            read(bytes.slice(block * BLOCK, BLOCK).order(ByteOrder.LITTLE_ENDIAN), block);
        }
    }

    private void read(ByteBuffer bytes, int block) {
        if (bytes.equals(ByteBuffer.allocate(BLOCK))) {
            return;
        }
        end = block + 1;
        if (bytes.getInt(SUMMED) == crc(bytes.slice(0, SUMMED))) {
            entries.put(new Name(bytes.getLong(), bytes.getLong()),
                    new Entry(block, bytes.getLong(), bytes.getLong()));
        } else {
            isDoubtful = true;
        }
    }

    /**
     * What was noted before survives the machine when this returns.
     *
     * @throws IOException it does not, or something could not even be written so far
     */
    void force() throws IOException {
        String failed = failure;
        if (failed != null) {
            throw new IOException(path + ": " + failed);
        }
        RecordDisk.Content open = content;
        if (isUnforced && open != null) {
            isUnforced = false;
            try {
                open.force();
            } catch (IOException e) {
                isUnforced = true;
                throw e;
            }
        }
    }
}
