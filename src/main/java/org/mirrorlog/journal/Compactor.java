package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives space back, in small steps on the writer thread: removes segments without live records, and copies what is left
 * of nearly empty ones forward. Heads need no care here: every segment begins with all of them, and the segment being
 * written is never removed. A power failure between any two steps leaves records that are there twice, which opening
 * takes for one.
 */
final class Compactor {

    private final JournalCore core;
    private final Storage storage;
    private final JournalOptions options;
    private final JournalLog log;

    private final Set<Long> stuck = new HashSet<>();
    private final Deque<Map.Entry<String, History.Place>> toCopy = new ArrayDeque<>();
    private long source;
    private boolean isAwake = true;

    Compactor(JournalCore core, Storage storage, JournalOptions options, JournalLog log) {
        this.core = core;
        this.storage = storage;
        this.options = options;
        this.log = log;
    }

    /** A record to be written again. */
    record Copy(String persistenceId, History.Place place, ByteBuffer body) {
    }

    /** Something may have become free. */
    void wake() {
        isAwake = true;
    }

    /** Does one piece of work; returns whether there was any. */
    boolean step() {
        if (!isAwake) {
            return false;
        }
        if (!toCopy.isEmpty()) {
            copySome();
            return true;
        }
        isAwake = removeOne() || chooseSource();
        return isAwake;
    }

    private boolean removeOne() {
        for (JournalIndex.Fill fill : core.index().sealedAndFree()) {
            if (fill.liveBytes() == 0 && !stuck.contains(fill.segment())) {
                remove(fill.segment());
                return true;
            }
        }
        return false;
    }

    private void remove(long segment) {
        try {
            storage.delete(SegmentHeader.fileName(segment));
            core.index().removeSegment(segment);
            core.counters().segmentRemoved();
        } catch (IOException e) {
            giveUp(segment, "cannot be removed", e);
        }
    }

    private boolean chooseSource() {
        for (JournalIndex.Fill fill : core.index().sealedAndFree()) {
            boolean isNearlyEmpty = fill.liveBytes() * 100 < fill.endBytes() * options.compactBelowPercent();
            if (isNearlyEmpty && fill.liveBytes() > 0 && !stuck.contains(fill.segment())) {
                source = fill.segment();
                core.index().liveIn(source).forEach((id, places) ->
                        places.forEach(place -> toCopy.add(Map.entry(id, place))));
                return true;
            }
        }
        return false;
    }

    private void copySome() {
        String name = SegmentHeader.fileName(source);
        List<Copy> copies = new ArrayList<>();
        int bytes = 0;
        IOException failure;
        try (SegmentReader reader = new SegmentReader(storage.openForReading(name), name)) {
            RecordCodec codec = new RecordCodec(core.id(), source);
            while (!toCopy.isEmpty() && (copies.isEmpty() || bytes < options.compactStepBytes())) {
                History.Place place = toCopy.peek().getValue();
                if (bytes + place.sizeBytes() > options.groupBytes()) {
                    break;
                }
                String persistenceId = toCopy.poll().getKey();
                if (place.lastSequenceNr() > core.index().deletedTo(persistenceId)) {
                    copies.add(new Copy(persistenceId, place, read(reader, codec, place)));
                    bytes += place.sizeBytes();
                }
            }
            if (copies.isEmpty() && !toCopy.isEmpty()) {
                throw new IOException("a record is larger than max-group-bytes = " + options.groupBytes());
            }
            failure = copies.isEmpty() ? null : core.move(copies, bytes);
        } catch (IOException e) {
            failure = e;
        }
        if (failure != null) {
            giveUp(source, "cannot be copied forward", failure);
        }
    }

    private static ByteBuffer read(SegmentReader reader, RecordCodec codec, History.Place place) throws IOException {
        RecordCodec.Frame frame = codec.read(reader, place.offsetBytes(), place.offsetBytes() + place.sizeBytes());
        if (!frame.isValid()) {
            throw new IOException("offset " + place.offsetBytes() + ": " + frame.broken());
        }
        ByteBuffer body = ByteBuffer.allocate(frame.body().remaining());
        return body.put(frame.body()).flip();
    }

    /** Space that cannot be had back is no reason to stop: the segment is left alone until the next start. */
    private void giveUp(long segment, String what, IOException e) {
        stuck.add(segment);
        toCopy.clear();
        log.warn("journal file " + storage.directory() + "/" + SegmentHeader.fileName(segment) + " " + what + " ("
                + DiskStorage.reason(e) + "); it stays where it is until the next start");
    }
}
