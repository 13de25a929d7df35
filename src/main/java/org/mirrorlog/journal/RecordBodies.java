package org.mirrorlog.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bodies of records, little-endian. Texts are UTF-8 with a length of two bytes before them. */
final class RecordBodies {

    /** Most UTF-8 bytes of a persistence id. */
    static final int MAX_ID_BYTES = 1024;

    private static final int HEADS_CHUNK_BYTES = 64 * 1024;

    private RecordBodies() {
    }

    /** What a persistence id's head and deletions are. */
    record Head(byte[] id, long headSequenceNr, long deletedTo) {

        String persistenceId() {
            return new String(id, StandardCharsets.UTF_8);
        }

        private int bytes() {
            return Long.BYTES * 2 + Short.BYTES + id.length;
        }
    }

    /** Where the segments before a new one end, and how many HEADS records follow. */
    record Segments(SortedMap<Long, Long> ends, int headsRecords) {
    }

    static byte[] utf8(String persistenceId) {
        return persistenceId.getBytes(StandardCharsets.UTF_8);
    }

    // EVENTS and MOVED: first sequence number u64, count u32, persistence id, count times (length u32, bytes)

    static int eventsBytes(byte[] id, List<byte[]> events) {
        long bytes = (long) Long.BYTES + Integer.BYTES + Short.BYTES + id.length;
        for (byte[] event : events) {
            bytes += Integer.BYTES + event.length;
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE - 1024);
    }

    static void putEvents(ByteBuffer out, byte[] id, long firstSequenceNr, List<byte[]> events) {
        out.putLong(firstSequenceNr).putInt(events.size());
        putId(out, id);
        for (byte[] event : events) {
            out.putInt(event.length).put(event);
        }
    }

    /** The start of an EVENTS or MOVED body. */
    record EventsHead(long firstSequenceNr, int count, String persistenceId) {
    }

    /** Reads the start; the buffer then stands at the first event. */
    static EventsHead getEventsHead(ByteBuffer in) {
        long first = in.getLong();
        int count = in.getInt();
        return new EventsHead(first, count, getId(in));
    }

    static byte[] getEvent(ByteBuffer in) {
        byte[] event = new byte[in.getInt()];
        in.get(event);
        return event;
    }

    // DELETED: deleted up to and including u64, persistence id

    static int deletedBytes(byte[] id) {
        return Long.BYTES + Short.BYTES + id.length;
    }

    static void putDeleted(ByteBuffer out, byte[] id, long deletedTo) {
        putId(out.putLong(deletedTo), id);
    }

    // SEGMENTS: number of HEADS records that follow u32, count u32, count times (number u64, end u64)

    static int segmentsBytes(int count) {
        return Integer.BYTES * 2 + count * Long.BYTES * 2;
    }

    static void putSegments(ByteBuffer out, Segments segments) {
        out.putInt(segments.headsRecords()).putInt(segments.ends().size());
        for (Map.Entry<Long, Long> end : segments.ends().entrySet()) {
            out.putLong(end.getKey()).putLong(end.getValue());
        }
    }

    static Segments getSegments(ByteBuffer in) {
        int headsRecords = in.getInt();
        int count = in.getInt();
        SortedMap<Long, Long> ends = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            long number = in.getLong();
            ends.put(number, in.getLong());
        }
        return new Segments(ends, headsRecords);
    }

    // HEADS: count u32, count times (head u64, deleted up to u64, persistence id)

    /** Splits heads into records of bounded size. */
    static List<List<Head>> chunks(List<Head> heads) {
        List<List<Head>> chunks = new ArrayList<>();
        int bytes = HEADS_CHUNK_BYTES;
        for (Head head : heads) {
            if (bytes + head.bytes() > HEADS_CHUNK_BYTES) {
                chunks.add(new ArrayList<>());
                bytes = Integer.BYTES;
            }
            chunks.get(chunks.size() - 1).add(head);
            bytes += head.bytes();
        }
        return chunks;
    }

    static int headsBytes(List<Head> heads) {
        return Integer.BYTES + heads.stream().mapToInt(Head::bytes).sum();
    }

    static void putHeads(ByteBuffer out, List<Head> heads) {
        out.putInt(heads.size());
        for (Head head : heads) {
            out.putLong(head.headSequenceNr()).putLong(head.deletedTo());
            putId(out, head.id());
        }
    }

    static List<Head> getHeads(ByteBuffer in) {
        int count = in.getInt();
        List<Head> heads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long head = in.getLong();
            long deletedTo = in.getLong();
            heads.add(new Head(utf8(getId(in)), head, deletedTo));
        }
        return heads;
    }

    // CONTINUED: number of the next segment u64

    static final int CONTINUED_BYTES = Long.BYTES;

    private static void putId(ByteBuffer out, byte[] id) {
        out.putShort((short) id.length).put(id);
    }

    static String getId(ByteBuffer in) {
        byte[] id = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(id);
        return new String(id, StandardCharsets.UTF_8);
    }
}
