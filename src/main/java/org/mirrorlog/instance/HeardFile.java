package org.mirrorlog.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The numbers in one file: a block of 64 bytes that says what it is (and, at byte 12, how many blocks it was given,
 * with itself; 0 by an older build), then a {@link HeardBlock} for each log.
 *
 * A block that is damaged, and a file that is full, make every log that has no block count as heard of: such a log
 * never starts clean where its journal does not know it. One thread at a time, which holds the lock of this object, but
 * for {@link #force()} and {@link #known}, which any thread may call without.
 */
final class HeardFile implements HeardNumbers {
    static final String NAME = "heard";
    /** The file has 4 MiB then. */
    static final int MOST = (1 << 16) - 1;

    private static final int BLOCK = HeardBlock.BYTES;
    private static final int BLOCKS_AT_ONCE = 64;

    private final RecordDisk disk;
    private final Path path;
    private final Map<HeardBlock.Name, HeardEntry> entries = new ConcurrentHashMap<>();
    private volatile RecordDisk.Content content;
    private final List<HeardBlock.Name> damaged = new ArrayList<>();
    private int blocks;
    private int end = 1;
    private volatile boolean isDoubtful;
    /** Whether it was opened, or found not to be there. */
    private volatile boolean isLookedAt;
    private volatile boolean isUnforced;
    /** Forces that have failed, and files that an earlier daemon may have been refused one for. */
    private final AtomicLong refusals = new AtomicLong();
    /** How many there were when all was written anew, and forced. */
    private volatile long outlived;
    /** What could not be written, by the log's name; tried again whenever something is noted. */
    private final Map<String, Place> unwritten = new HashMap<>();
    /** Why; null: all is written. */
    private volatile String failure;

    /** Looked for until it is found, once. */
    private final class Place implements Log {
        private final String uuid;
        private HeardEntry entry;
        private Last heard = Last.NEVER;

        private Place(String uuid) {
            this.uuid = uuid;
        }

        @Override
        public void note(long number, long term) {
            heard = new Last(number, term);
            try {
                write();
                unwritten.remove(uuid);
                writeUnwritten();
                failure = null;
            } catch (IOException | UncheckedIOException e) {
                unwritten.put(uuid, this);
                failure = e.getMessage();
            }
        }

        private void write() throws IOException {
            if (entry == null) {
                entry = found(uuid);
            }
            if (entry != null) {
                entry.hear(heard);
                HeardFile.this.write(entry);
            }
        }
    }

    HeardFile(RecordDisk disk, Path directory) {
        this.disk = disk;
        this.path = directory.resolve(NAME);
    }

    @Override
    public Last last(String uuid) {
        try {
            openIfThere();
        } catch (IOException e) {
            // Tried again with the next question; until then nobody knows.
            return Last.DOUBTFUL;
        }
        return known(uuid);
    }

    /** Opens it, if it is there and can be opened now. */
    void look() {
        try {
            openIfThere();
        } catch (IOException e) {
            return; // Tried again with whatever is written next; until then nobody knows.
        }
    }

    /** As {@link #last}, from memory. */
    Last known(String uuid) {
        if (!isLookedAt) {
            return Last.DOUBTFUL;
        }
        HeardEntry entry = entries.get(HeardBlock.Name.of(uuid));
        if (entry == null) {
            return isDoubtful || entries.size() >= MOST ? Last.DOUBTFUL : Last.NEVER;
        }
        Last heard = entry.heard();
        // Reserved since, and what was heard of it before may be what is lost.
        return heard.number() == 0 && isDoubtful ? Last.DOUBTFUL : heard;
    }

    @Override
    public void reserve(String uuid) {
        HeardBlock.Name name = HeardBlock.Name.of(uuid);
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
            HeardEntry reserved = new HeardEntry(name, end);
            write(reserved);
            entries.put(name, reserved);
            end++;
        } catch (IOException e) {
            throw new UncheckedIOException("no room for what is heard of this log, in " + path + ": " + e.getMessage(),
                    e);
        }
    }

    @Override
    public Log of(String uuid) {
        return new Place(uuid);
    }

    /** The log's entry; reserved now if a table that an older build has constructed asks. Null: one log too many. */
    private HeardEntry found(String uuid) {
        HeardBlock.Name name = HeardBlock.Name.of(uuid);
        if (!entries.containsKey(name)) {
            reserve(uuid);
        }
        return entries.get(name);
    }

    /** What could not be written is tried again. */
    void tryAgain() {
        if (unwritten.isEmpty()) {
            return;
        }
        try {
            writeUnwritten();
            failure = null;
        } catch (IOException | UncheckedIOException e) {
            failure = e.getMessage();
        }
    }

    private void writeUnwritten() throws IOException {
        for (Place place : List.copyOf(unwritten.values())) {
            place.write();
            unwritten.remove(place.uuid);
        }
    }

    private void write(HeardEntry entry) throws IOException {
        RecordDisk.writeFully(content, entry.encoded(), (long) entry.block() * BLOCK);
        isUnforced = true;
    }

    private void extend() throws IOException {
        RecordDisk.writeFully(content, ByteBuffer.allocate(BLOCKS_AT_ONCE * BLOCK), (long) blocks * BLOCK);
        // First there, then said: a file that has fewer than it says has lost some.
        forced(content);
        RecordDisk.writeFully(content, HeardBlock.blocksThere(blocks + BLOCKS_AT_ONCE), HeardBlock.BLOCKS_ARE_AT);
        blocks += BLOCKS_AT_ONCE;
        isUnforced = true;
    }

    /**
     * A new file; in doubt it takes the place of a damaged one at once, so that no moment and no failure finds none.
     */
    private void create(boolean isInDoubt) throws IOException {
        Path fresh = isInDoubt ? path.resolveSibling(NAME + RecordDirectory.UNFINISHED) : path;
        RecordDisk.Content created = disk.create(fresh);
        try {
            RecordDisk.writeFully(created, HeardBlock.head(BLOCKS_AT_ONCE, isInDoubt, BLOCKS_AT_ONCE), 0);
            created.force();
            if (isInDoubt) {
                keepDamaged();
                disk.move(fresh, path);
            }
            disk.forceDirectory(path.getParent());
        } catch (IOException e) {
            created.close();
            disk.delete(fresh);
            throw e;
        }
        content = created;
        blocks = BLOCKS_AT_ONCE;
        isDoubtful = isInDoubt;
    }

    private void keepDamaged() {
        try {
            disk.link(path, path.resolveSibling(NAME + ".damaged"));
        } catch (IOException e) {
            return; // It is for people to look at, and nothing depends on it.
        }
    }

    private void openIfThere() throws IOException {
        if (content != null) {
            return;
        }
        RecordDisk.Content opened;
        try {
            opened = disk.open(path);
        } catch (NoSuchFileException e) {
            isLookedAt = true;
            return;
        }
        try {
            read(opened);
            refusals.incrementAndGet();
            content = opened;
        } catch (IllegalArgumentException e) {
            opened.close();
            create(true);
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        isLookedAt = true;
    }

    private void read(RecordDisk.Content opened) throws IOException {
        entries.clear();
        end = 1;
        blocks = (int) Math.min(opened.size() / BLOCK, MOST + 1);
        ByteBuffer bytes = RecordDisk.readFully(path, opened, ByteBuffer.allocate(Math.max(1, blocks) * BLOCK), 0)
                .order(ByteOrder.LITTLE_ENDIAN);
        if (!bytes.slice(0, HeardBlock.MAGIC.length).equals(ByteBuffer.wrap(HeardBlock.MAGIC))) {
            throw new IllegalArgumentException(path + " is not a file of numbers heard");
        }
        // Blocks are made so many at a time, and used one after the other: else some of them are lost.
        isDoubtful = bytes.get(HeardBlock.DOUBT_AT) != 0 || opened.size() % (BLOCKS_AT_ONCE * BLOCK) != 0
                || blocks < bytes.getInt(HeardBlock.BLOCKS_ARE_AT);
        for (int block = 1; block < blocks; block++) {
            read(bytes.slice(block * BLOCK, BLOCK).order(ByteOrder.LITTLE_ENDIAN), block);
        }
    }

    private void read(ByteBuffer bytes, int block) {
        if (bytes.equals(ByteBuffer.allocate(BLOCK))) {
            return;
        }
        isDoubtful |= block > end;
        end = block + 1;
        HeardBlock read = HeardBlock.of(bytes);
        if (HeardBlock.isSound(bytes)) {
            HeardEntry entry = new HeardEntry(read.name(), block);
            entry.hear(read.heard());
            entries.put(entry.name(), entry);
        } else {
            isDoubtful = true;
            damaged.add(read.name());
        }
    }

    /** A file that a daemon may be using, only to look at; IllegalArgumentException: it is something else. */
    static HeardReport read(Path path) throws IOException {
        HeardFile file = new HeardFile(RecordDisk.REAL, path.getParent());
        try (RecordDisk.Content opened = RecordDisk.openToRead(path)) {
            file.read(opened);
        }
        long told = file.entries.values().stream().filter(entry -> entry.heard().number() > 0).count();
        return new HeardReport(told, file.blocks - 1 - told, file.isDoubtful, file.damaged);
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
        long refused = refusals.get();
        if (open == null) {
            return;
        }
        if (isUnforced || outlived != refused) {
            if (outlived != refused) {
                writeAnew(open);
                disk.forceDirectory(path.getParent());
            }
            isUnforced = false;
            forced(open);
            if (refusals.get() != refused) {
                throw new IOException(path + ": a forced write beside this one has failed");
            }
            outlived = refused;
        }
        open.find(path);
    }

    /** After one that has failed the system may have dropped what it could not write, and says so only once. */
    private void forced(RecordDisk.Content open) throws IOException {
        try {
            open.force();
        } catch (IOException e) {
            refusals.incrementAndGet();
            throw e;
        }
    }

    private synchronized void writeAnew(RecordDisk.Content open) throws IOException {
        RecordDisk.writeFully(open, HeardBlock.head(1, isDoubtful, blocks), 0);
        for (HeardEntry entry : entries.values()) {
            write(entry);
        }
    }
}
