package org.mirrorlog.instance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/**
 * In which of two directories the record of a table is: a lasting one, where older builds have all of them, and one
 * that lives as long as the kernel's tables. Nothing that is older than what was answered may ever be taken for a
 * table's record (S3); a record that is missing costs a resync (D15). So a live one counts only where no start has put
 * its records elsewhere since: the file {@value #STAMP} has the number of the last start that used the live ones, and
 * the lasting directory that of the last one at all. And a lasting record is gone before its copy counts.
 */
final class LiveRecords {
    static final String STAMP = "start";
    private static final int DIGITS = 18;

    private final RecordDisk disk;
    private final Path lasting;
    private final Path live;
    private boolean isLiveUsed;
    private String whyNot = "";
    /** Names of records that may still be in the lasting directory: they stay there. */
    private final Set<String> left = new HashSet<>();

    LiveRecords(RecordDisk disk, RecordDirectory.Places places) {
        this.disk = disk;
        this.lasting = places.lasting();
        this.live = places.live();
        this.isLiveUsed = !live.equals(lasting);
    }

    /**
     * A start begins. Live records that do not count are deleted; where they cannot be used, the lasting directory is.
     *
     * @param before the number of the start before this one; 0: not known
     * @param start of this one, which nothing has served under yet
     */
    void begin(long before, long start) {
        if (!isLiveUsed) {
            return;
        }
        try {
            stamp(before, start);
        } catch (IOException e) {
            isLiveUsed = false;
            whyNot = "the records of this machine's tables cannot be kept in " + live + " (" + e
                    + "): they are in " + lasting + ", whose disk is waited for";
        }
    }

    private void stamp(long before, long start) throws IOException {
        RecordDisk.Content content;
        try {
            content = disk.open(live.resolve(STAMP));
        } catch (NoSuchFileException e) {
            content = disk.create(live.resolve(STAMP));
        }
        try (RecordDisk.Content opened = content) {
            if (before == 0 || last(opened) < before) {
                for (Path old : disk.list(live, "*" + RecordName.SUFFIX + "*")) {
                    disk.delete(old);
                }
            }
            String number = String.format(Locale.ROOT, "%0" + DIGITS + "d\n", start);
            RecordDisk.writeFully(opened, ByteBuffer.wrap((number + number).getBytes(StandardCharsets.US_ASCII)), 0);
        }
    }

    /** The number stands there twice: one that was written in part is none. */
    private static long last(RecordDisk.Content content) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(2 * (DIGITS + 1));
        while (bytes.hasRemaining() && content.read(bytes, bytes.position()) > 0) {
            // Until the end, or as much as there can be.
        }
        String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
        return text.matches("(\\d{" + DIGITS + "}\n)\\1") ? Long.parseLong(text.substring(0, DIGITS)) : 0;
    }

    /** Says where records are, if not where they should be. */
    void tell(Consumer<String> warn) {
        if (!whyNot.isEmpty()) {
            warn.accept(whyNot);
        }
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
