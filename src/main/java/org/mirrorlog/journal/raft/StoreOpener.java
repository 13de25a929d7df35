package org.mirrorlog.journal.raft;

import java.io.IOException;
import java.util.Iterator;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.mirrorlog.journal.DiskStorage;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalOpener;
import org.mirrorlog.journal.RecordCodec;
import org.mirrorlog.journal.RecordKind;
import org.mirrorlog.journal.SegmentHeader;
import org.mirrorlog.journal.SegmentReader;
import org.mirrorlog.journal.SegmentTail;
import org.mirrorlog.journal.SegmentWriter;
import org.mirrorlog.journal.Storage;

/**
 * Opens a member's store: checks every record, cuts a torn tail. Damage anywhere else is refused with one error, and
 * then no file has been changed.
 */
final class StoreOpener {

    private static final String ADVICE = " Nothing was changed.";

    private final EntryStore.Place place;
    private final Storage storage;

    StoreOpener(EntryStore.Place place) {
        this.place = place;
        this.storage = place.storage();
    }

    EntryStore.Opened open(Supplier<JournalId> newId) throws IOException {
        SortedSet<Long> numbers = JournalOpener.segments(storage);
        return numbers.isEmpty() ? create(newId.get()) : goOn(numbers);
    }

    private EntryStore.Opened create(JournalId id) throws IOException {
        removeTemporaries();
        SegmentWriter writer = new SegmentWriter(storage, id, place.options());
        StoreStart start = new StoreStart(0, 0, Vote.NONE, null);
        SegmentWriter.Beginning beginning = writer.begin(1, start.encode(id, 1), true);
        if (beginning.begun() != SegmentWriter.Begun.YES) {
            throw new JournalException("replicated journal cannot be created in " + storage.directory() + " ("
                    + DiskStorage.reason(beginning.error()) + ")", beginning.error());
        }
        StoreScan scan = new StoreScan();
        scan.start(1, start, true);
        return new EntryStore.Opened(new EntryStore(place, id, writer, scan), scan.recovered());
    }

    private EntryStore.Opened goOn(SortedSet<Long> numbers) throws IOException {
        StoreScan scan = new StoreScan();
        long newest = numbers.last();
        Newest end = null;
        SortedSet<Long> needed = withoutLeftOvers(numbers);
        JournalId id = id(newest);
        Iterator<Long> each = needed.iterator();
        long number = each.next();
        boolean isFirst = true;
        while (number <= newest) {
            long next = each.hasNext() ? each.next() : newest + 1;
            long endBytes = number == newest ? 0 : start(next).previousEndBytes();
            end = read(scan, id, new Part(number, isFirst, endBytes));
            isFirst = false;
            number = next;
        }
        Recovered recovered = recovered(scan, newest);
        // From here on files are changed.
        removeTemporaries();
        for (long leftOver : numbers.headSet(needed.first())) {
            storage.delete(SegmentHeader.fileName(leftOver));
        }
        return new EntryStore.Opened(new EntryStore(place, id, resume(id, newest, end), scan), recovered);
    }

    /**
     * The unbroken row of segments that ends with the newest: those before it were being removed. Should one be missing
     * that is needed, the row does not begin with a checkpoint that contains what stood before it.
     */
    private static SortedSet<Long> withoutLeftOvers(SortedSet<Long> numbers) {
        long first = numbers.last();
        while (numbers.contains(first - 1)) {
            first--;
        }
        return new TreeSet<>(numbers.tailSet(first));
    }

    private Recovered recovered(StoreScan scan, long newest) throws IOException {
        try {
            return scan.recovered();
        } catch (ByteReader.Malformed e) {
            throw damage(newest, 0, e.getMessage());
        }
    }

    private SegmentWriter resume(JournalId id, long newest, Newest end) throws IOException {
        SegmentTail tail = end.tail();
        if (tail.tornBecause() != null) {
            place.log().warn("replicated journal, file " + storage.directory() + "/" + SegmentHeader.fileName(newest)
                    + ": torn tail cut off at offset " + tail.endBytes() + " (" + tail.tornBecause()
                    + "), as a kill or power failure during a write leaves it");
        }
        SegmentWriter writer = new SegmentWriter(storage, id, place.options());
        try {
            writer.resume(newest, end.firstBytes(), tail);
            // A predecessor may have been killed after it gave the newest segment its name and before that was durable.
            storage.forceDirectory();
        } catch (IOException e) {
            writer.close();
            throw e;
        }
        return writer;
    }

    private void removeTemporaries() throws IOException {
        for (String name : storage.list()) {
            if (name.endsWith(SegmentHeader.TEMPORARY_SUFFIX)) {
                storage.delete(name);
            }
        }
    }

    /** A segment that is to be read; {@code endBytes} is where it ends, 0 for the newest. */
    private record Part(long number, boolean isFirst, long endBytes) {
    }

    /** Where the newest segment's own records begin, and how they end. */
    private record Newest(long firstBytes, SegmentTail tail) {
    }

    private JournalId id(long number) throws IOException {
        try (SegmentReader reader = reader(number)) {
            return JournalOpener.header(storage, reader, SegmentHeader.fileName(number)).id();
        }
    }

    private StoreStart start(long number) throws IOException {
        JournalId id = id(number);
        try (SegmentReader reader = reader(number)) {
            return start(new RecordCodec(id, number).read(reader, SegmentHeader.BYTES, reader.sizeBytes()), number);
        }
    }

    private StoreStart start(RecordCodec.Frame frame, long number) throws IOException {
        if (!frame.isValid() || frame.kind() != RecordKind.RAFT_START) {
            throw damage(number, SegmentHeader.BYTES, frame.isValid() ? "it is not of a replicated journal"
                    : frame.broken());
        }
        try {
            return StoreStart.read(new ByteReader(frame.body()));
        } catch (ByteReader.Malformed e) {
            throw damage(number, SegmentHeader.BYTES, e.getMessage());
        }
    }

    private Newest read(StoreScan scan, JournalId id, Part part) throws IOException {
        if (!id(part.number()).equals(id)) {
            throw damage(part.number(), 0, "it belongs to another journal than the newest segment");
        }
        try (SegmentReader reader = reader(part.number())) {
            RecordCodec codec = new RecordCodec(id, part.number());
            RecordCodec.Frame frame = codec.read(reader, SegmentHeader.BYTES, reader.sizeBytes());
            StoreStart start = start(frame, part.number());
            long firstBytes = frame.endBytes();
            long lastGroup = firstBytes;
            long limit = part.endBytes() == 0 ? reader.sizeBytes() : part.endBytes();
            apply(part.number(), SegmentHeader.BYTES, () -> scan.start(part.number(), start, part.isFirst()));
            long at = firstBytes;
            frame = codec.read(reader, at, limit);
            while (frame.isValid()) {
                RecordCodec.Frame whole = frame;
                apply(part.number(), at, () -> scan.apply(whole));
                at = frame.endBytes();
                lastGroup = frame.groupStartBytes();
                frame = codec.read(reader, at, limit);
            }
            if (part.endBytes() > 0 && at != part.endBytes()) {
                throw damage(part.number(), at, frame.broken());
            }
            return part.endBytes() > 0 ? null : newest(reader, codec, firstBytes,
                    new SegmentTail(at, lastGroup, frame.broken()));
        }
    }

    private Newest newest(SegmentReader reader, RecordCodec codec, long firstBytes, SegmentTail tail)
            throws IOException {
        SegmentTail.Rest rest = SegmentTail.inspect(reader, codec, tail.endBytes());
        if (rest.laterGroupAt() > 0) {
            throw new JournalException(reader.name() + ": " + tail.tornBecause() + " at offset " + tail.endBytes()
                    + ", but a record at offset " + rest.laterGroupAt() + " was written after it was safe." + ADVICE);
        }
        return new Newest(firstBytes, rest.isClean()
                ? new SegmentTail(tail.endBytes(), tail.lastGroupBytes(), null) : tail);
    }

    private void apply(long number, long offsetBytes, Runnable record) throws IOException {
        try {
            record.run();
        } catch (ByteReader.Malformed | IllegalArgumentException e) {
            throw damage(number, offsetBytes, e.getMessage());
        }
    }

    private SegmentReader reader(long number) throws IOException {
        String name = SegmentHeader.fileName(number);
        return new SegmentReader(storage.openForReading(name), storage.directory() + "/" + name);
    }

    private JournalException damage(long number, long offsetBytes, String what) {
        return new JournalException("replicated journal, file " + storage.directory() + "/"
                + SegmentHeader.fileName(number) + " is damaged at offset " + offsetBytes + ": " + what + "." + ADVICE);
    }
}
