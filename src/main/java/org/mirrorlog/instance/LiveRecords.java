package org.mirrorlog.instance;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * In which of two directories the record of a table is: a lasting one, where older builds have all of them, and one
 * that lives as long as the kernel's tables. Nothing that is older than what was answered may ever be taken for a
 * table's record (S3); a record that is missing costs a resync (D15). So the file {@value #STAMP} says which data
 * directory has used the live ones, and in which start, and the lasting directory has the number of its last start at
 * all: live records count where that start used them, and no lasting one does where they were used after it (it is in
 * a copy that was put back). And a lasting record is gone before its copy counts. Who had its records in yet another
 * place is told by the witness: where that says that a later start of this data directory has served these tables, or
 * a start of another one, no record counts at all.
 */
final class LiveRecords {
    static final String STAMP = "start";

    private final RecordDisk disk;
    private final Path lasting;
    private final Path live;
    private final RecordDirectory.Keeper keeper;
    private final String bootId;
    private final UUID freshId;
    private final Optional<Path> witness;
    private boolean isLiveUsed;
    private LiveStamp stamp;
    /** This data directory's identity, if the witness can be told that it serves. */
    private Optional<String> witnessedAs = Optional.empty();
    private final List<String> whyNot = new ArrayList<>();
    /** Names of records that may still be in the lasting directory: they stay there. */
    private final Set<String> left = new HashSet<>();

    LiveRecords(RecordDisk disk, RecordDirectory.Places places, String bootId) {
        this.disk = disk;
        this.lasting = places.lasting();
        this.live = places.live();
        this.keeper = places.keeper();
        this.bootId = bootId;
        this.freshId = places.freshId();
        this.witness = places.witness();
        this.isLiveUsed = !live.equals(lasting);
    }

    /**
     * A start begins. Records that do not count are deleted; where the live ones cannot be used, the lasting directory
     * is.
     *
     * @param before the number of the start before this one; 0: not known
     * @param start the least number that this one may have, which nothing has served under yet
     * @return the number that it has
     * @throws IOException records that do not count cannot be deleted: nothing may be served
     */
    long begin(long before, long start) throws IOException {
        if (witness.isPresent()) {
            heed(witness.get(), before);
        }
        if (!isLiveUsed) {
            return start;
        }
        // Until it is read: they may have been.
        AtomicBoolean isUsedAfter = new AtomicBoolean(true);
        try {
            stamp(before, start, isUsedAfter);
        } catch (IOException e) {
            isLiveUsed = false;
            whyNot.add("the records of this machine's tables cannot be kept in " + live + " (" + e
                    + "): they are in " + lasting + ", whose disk is waited for");
        }
        if (isUsedAfter.get()) {
            deleteAll(lasting, "*" + RecordName.SUFFIX);
        }
        // A write that has failed may have happened: then the live ones may be said to be of this number.
        return isLiveUsed ? start : start + 1;
    }

    /** What it says is believed. Where it is there and cannot be read, or says of whom nobody knows, it may deny. */
    private void heed(Path path, long before) throws IOException {
        LiveStamp last = LiveStamp.none(bootId);
        try {
            last = lastServed(path);
        } catch (IOException e) {
            deleteAllRecords();
            whyNot.add("which start has served this machine's tables last cannot be read in " + path + " (" + e
                    + "): no record of them counts");
        }
        Optional<String> owner = Optional.empty();
        try {
            owner = Optional.of(DirectoryId.of(disk, lasting, freshId));
        } catch (IOException e) {
            unwitnessed(path, e);
        }
        boolean isByAnother = last.isAfter(0) && !owner.equals(Optional.of(last.owner()));
        if (isByAnother || last.isAfter(before)) {
            deleteAllRecords();
            whyNot.add("the data directory is " + (isByAnother ? "another one, or older," : "older") + " than what has"
                    + " served this machine's tables since they are there: no record of them counts");
        }
        // A start that serves nobody leaves it as it is.
        witnessedAs = owner;
    }

    private LiveStamp lastServed(Path path) throws IOException {
        try (RecordDisk.Content opened = disk.open(path)) {
            return LiveStamp.read(opened, bootId);
        } catch (NoSuchFileException e) {
            return LiveStamp.none(bootId);
        }
    }

    private void deleteAllRecords() throws IOException {
        deleteAll(lasting, "*" + RecordName.SUFFIX);
        deleteAll(live, "*" + RecordName.SUFFIX + "*");
    }

    private void testify(Path path, LiveStamp serves) {
        try {
            write(path, serves);
        } catch (IOException e) {
            unwitnessed(path, e);
        }
    }

    private void write(Path path, LiveStamp what) throws IOException {
        try (RecordDisk.Content opened = open(path)) {
            what.write(opened);
        } catch (IOException e) {
            throw RecordDisk.at(path, e);
        }
    }

    private void unwitnessed(Path path, IOException why) {
        witnessedAs = Optional.empty();
        whyNot.add("which start serves this machine's tables cannot be noted in " + path + " (" + why + "): should an"
                + " older copy of the data directory be put back, with another place of records, that is not found"
                + " out");
    }

    private void stamp(long before, long start, AtomicBoolean isUsedAfter) throws IOException {
        try (RecordDisk.Content opened = open(live.resolve(STAMP))) {
            LiveStamp last = LiveStamp.read(opened, bootId);
            isUsedAfter.set(last.isAfter(before));
            String owner = DirectoryId.of(disk, lasting, freshId);
            boolean isCurrent = last.isCurrent(owner, before);
            if (!isCurrent) {
                deleteAll(live, "*" + RecordName.SUFFIX + "*");
            }
            stamp = new LiveStamp(isCurrent ? before : 0, start, owner, bootId);
            stamp.write(opened);
        }
    }

    private RecordDisk.Content open(Path path) throws IOException {
        try {
            return disk.open(path);
        } catch (NoSuchFileException e) {
            return disk.create(path);
        }
    }

    private void deleteAll(Path directory, String glob) throws IOException {
        for (Path old : disk.list(directory, glob)) {
            try {
                disk.delete(old);
            } catch (IOException e) {
                throw RecordDisk.at(old, e);
            }
        }
    }

    /**
     * The start is noted in the lasting directory, and will serve.
     *
     * @param start its number
     * @throws IOException it must not: its records would not be believed, or others would
     */
    void begun(long start) throws IOException {
        witnessedAs.ifPresent(owner -> testify(witness.get(), new LiveStamp(start, start, owner, bootId)));
        if (isLiveUsed) {
            stamp = new LiveStamp(stamp.next(), stamp.next(), stamp.owner(), bootId);
            write(live.resolve(STAMP), stamp);
        }
    }

    /**
     * A new record could not be made there because the directory is gone: makes it again.
     *
     * @throws IOException it cannot be, or it is not this directory that is gone
     */
    void makeAgain(Path directory) throws IOException {
        if (!isLiveUsed || !directory.equals(live)) {
            throw new NoSuchFileException(directory.toString());
        }
        keeper.make(live);
        write(live.resolve(STAMP), stamp);
    }

    /** Says where records are, if not where they should be, and what is not as it should be with them. */
    void tell(Consumer<String> warn) {
        whyNot.forEach(warn);
    }

    /** What is in the directory of live records, if it is another one, and used. */
    List<Path> list(String glob) throws IOException {
        return isLiveUsed ? disk.list(live, glob) : List.of();
    }

    /** One that is about to be looked at. */
    void mayBeLeft(Path path) {
        if (isLiveUsed && path.getParent().equals(lasting)) {
            left.add(path.getFileName().toString());
        }
    }

    /** It is not there any more. */
    void isGone(Path path) {
        left.remove(path.getFileName().toString());
    }

    /** The record where it belongs; or as it is, where it cannot be moved. */
    RecordFile moved(Path path, RecordFile file, Consumer<String> warn) {
        String name = RecordName.of(file.key());
        if (!left.contains(path.getFileName().toString())) {
            return file;
        }
        try {
            RecordFile moved = file.movedTo(live.resolve(name));
            isGone(path);
            return moved;
        } catch (IOException e) {
            // A new record of this table would else be beside this one.
            left.add(name);
            warn.accept("the record of log " + file.key() + " stays in " + lasting + ", whose disk is waited for: "
                    + e);
            return file;
        }
    }

    /** Where a new record of this name is made. */
    Path placeOf(String name) {
        return (isLiveUsed && !left.contains(name) ? live : lasting).resolve(name);
    }
}
