package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Opens the journal of a directory: checks every record, rebuilds the index, cuts a torn tail. Damage anywhere else is
 * refused with one error, and then no file has been changed.
 */
public final class JournalOpener {

    private final Storage storage;
    private final JournalOptions options;
    private final JournalLog log;
    private final LongSupplier nanoClock;

    JournalOpener(Storage storage, JournalOptions options, JournalLog log, LongSupplier nanoClock) {
        this.storage = storage;
        this.options = options;
        this.log = log;
        this.nanoClock = nanoClock;
    }

    /**
     * Opens the journal, or creates it if the directory holds no segment.
     *
     * @param newId draws the identity of a journal that is created
     */
    JournalCore open(Supplier<JournalId> newId) throws IOException {
        SortedSet<Long> numbers = segments(storage);
        return numbers.isEmpty() ? create(newId.get()) : goOn(scan(storage, numbers));
    }

    /** The identity of the journal in a directory; empty if there is none. Needs no lock and changes nothing. */
    static Optional<JournalId> identity(Path directory) throws IOException {
        try (Storage storage = DiskStorage.open(directory)) {
            SortedSet<Long> numbers = segments(storage);
            if (numbers.isEmpty()) {
                return Optional.empty();
            }
            String name = SegmentHeader.fileName(numbers.last());
            try (SegmentReader reader = reader(storage, name)) {
                return Optional.of(header(storage, reader, name).id());
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** The numbers of all segments in a directory. */
    public static SortedSet<Long> segments(Storage storage) throws IOException {
        SortedSet<Long> numbers = new TreeSet<>();
        for (String name : storage.list()) {
            long number = SegmentHeader.numberOf(name);
            if (number > 0) {
                numbers.add(number);
            }
        }
        return numbers;
    }

    private JournalCore create(JournalId id) throws IOException {
        removeTemporaries();
        JournalIndex index = new JournalIndex();
        SegmentWriter writer = new SegmentWriter(storage, id, options);
        SegmentWriter.Beginning beginning =
                writer.begin(1, SegmentTables.encode(id, 1, new TreeMap<>(), index.heads()), true);
        if (beginning.begun() != SegmentWriter.Begun.YES) {
            throw new JournalException("journal cannot be created in " + storage.directory() + " ("
                    + DiskStorage.reason(beginning.error()) + "): check space and permissions", beginning.error());
        }
        index.addSegment(1);
        log.info("new journal " + id + " in " + storage.directory());
        return new JournalCore(storage, id, options, log, nanoClock, index, writer);
    }

    /** What the segments hold, whole and sound. */
    record Scan(JournalId id, JournalIndex index, long newest, SegmentScanner.Tables tables,
            SegmentTail tail) {
    }

    /**
     * Checks every record of every segment. Changes nothing.
     *
     * @throws JournalException if anything but the tail is damaged
     */
    static Scan scan(Storage storage, SortedSet<Long> numbers) throws IOException {
        long newest = numbers.last();
        SortedMap<Long, Long> ends = new TreeMap<>();
        JournalId id;
        String newestName = SegmentHeader.fileName(newest);
        try (SegmentReader reader = reader(storage, newestName)) {
            id = header(storage, reader, newestName).id();
            ends.putAll(scanner(storage, reader, id, newest).tables().segments().ends());
        }
        JournalIndex index = new JournalIndex();
        SegmentScanner.Tables tables = null;
        SegmentTail tail = null;
        for (long number : numbers) {
            String name = SegmentHeader.fileName(number);
            try (SegmentReader reader = reader(storage, name)) {
                checkBelongs(storage, reader, name, id);
                SegmentScanner scanner = scanner(storage, reader, id, number);
                tables = startSegment(storage, scanner, index, number);
                if (number == newest) {
                    tail = scanner.last(index, tables.endBytes());
                } else {
                    scanSealed(storage, scanner, new Sealed(number, tables.endBytes(), ends.get(number)), index);
                }
            }
        }
        String missing = index.finishOpening();
        if (missing != null) {
            throw new JournalDamagedException(storage.directory(), newestName, tail.endBytes(), missing
                    + "; a segment file may have been removed");
        }
        return new Scan(id, index, newest, tables, tail);
    }

    private static SegmentScanner.Tables startSegment(Storage storage, SegmentScanner scanner, JournalIndex index,
            long number) throws IOException {
        SegmentScanner.Tables tables = scanner.tables();
        index.addSegment(number);
        String contradiction = index.startSegment(tables.heads());
        if (contradiction != null) {
            throw new JournalDamagedException(storage.directory(), SegmentHeader.fileName(number),
                    SegmentHeader.BYTES, contradiction);
        }
        return tables;
    }

    /** A segment that has its final length, or none that newer ones know of (null). */
    private record Sealed(long number, long firstBytes, Long endBytes) {
    }

    private static void scanSealed(Storage storage, SegmentScanner scanner, Sealed segment, JournalIndex index)
            throws IOException {
        if (segment.endBytes() == null) {
            throw new JournalDamagedException(storage.directory(), SegmentHeader.fileName(segment.number()), 0,
                    "newer segments do not know this one; it may come from a copy");
        }
        scanner.sealed(index, segment.firstBytes(), segment.endBytes());
        index.seal(segment.number(), segment.endBytes());
    }

    /** From here on files are changed. */
    private JournalCore goOn(Scan scan) throws IOException {
        long newest = scan.newest();
        SegmentTail tail = scan.tail();
        if (tail.tornBecause() != null) {
            log.warn("journal file " + storage.directory() + "/" + SegmentHeader.fileName(newest)
                    + ": torn tail cut off at offset " + tail.endBytes() + " (" + tail.tornBecause()
                    + "), as a kill or power failure during a write leaves it");
        }
        removeTemporaries();
        SegmentWriter writer = new SegmentWriter(storage, scan.id(), options);
        try {
            writer.resume(newest, scan.tables().endBytes(), tail);
            // A predecessor may have been killed after it gave the newest segment its name and before that was durable.
            storage.forceDirectory();
        } catch (IOException e) {
            writer.close();
            throw new JournalException("the end of journal file " + storage.directory() + "/"
                    + SegmentHeader.fileName(newest) + " cannot be made certain (" + DiskStorage.reason(e)
                    + "): check storage and permissions", e);
        }
        JournalCore core = new JournalCore(storage, scan.id(), options, log, nanoClock, scan.index(), writer);
        core.noteOpened();
        return core;
    }

    private void removeTemporaries() throws IOException {
        for (String name : storage.list()) {
            if (name.endsWith(SegmentHeader.TEMPORARY_SUFFIX)) {
                storage.delete(name);
            }
        }
    }

    private static void checkBelongs(Storage storage, SegmentReader reader, String name, JournalId id)
            throws IOException {
        JournalId found = header(storage, reader, name).id();
        if (!found.equals(id)) {
            throw new JournalDamagedException(storage.directory(), name, 0, "it belongs to journal " + found
                    + ", the newest segment to " + id);
        }
    }

    private static SegmentScanner scanner(Storage storage, SegmentReader reader, JournalId id, long number) {
        return new SegmentScanner(reader, new RecordCodec(id, number), storage.directory(), number);
    }

    private static SegmentReader reader(Storage storage, String name) throws IOException {
        return new SegmentReader(storage.openForReading(name), storage.directory() + "/" + name);
    }

    /** The header of a segment file. */
    public static SegmentHeader header(Storage storage, SegmentReader reader, String name) throws IOException {
        byte[] bytes = new byte[SegmentHeader.BYTES];
        int length = (int) Math.min(bytes.length, reader.sizeBytes());
        if (length > 0) {
            reader.at(0, length).get(bytes, 0, length);
        }
        return SegmentHeader.decode(bytes, length, storage.directory(), name);
    }
}
