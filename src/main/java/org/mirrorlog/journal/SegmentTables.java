package org.mirrorlog.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SortedMap;

/** The first bytes of a segment of the embedded journal: its header, where older segments end, all heads. */
final class SegmentTables {

    private SegmentTables() {
    }

    static ByteBuffer encode(JournalId id, long number, SortedMap<Long, Long> ends, List<RecordBodies.Head> heads) {
        RecordCodec codec = new RecordCodec(id, number);
        List<List<RecordBodies.Head>> chunks = RecordBodies.chunks(heads);
        int bytes = SegmentHeader.BYTES + RecordCodec.totalBytes(RecordBodies.segmentsBytes(ends.size()))
                + chunks.stream().mapToInt(chunk -> RecordCodec.totalBytes(RecordBodies.headsBytes(chunk))).sum();
        ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.put(new SegmentHeader(id, number).encode());
        int start = RecordCodec.begin(out);
        RecordBodies.putSegments(out, new RecordBodies.Segments(ends, chunks.size()));
        codec.finish(out, start, RecordKind.SEGMENTS, start, SegmentHeader.BYTES);
        for (List<RecordBodies.Head> chunk : chunks) {
            start = RecordCodec.begin(out);
            RecordBodies.putHeads(out, chunk);
            codec.finish(out, start, RecordKind.HEADS, start, SegmentHeader.BYTES);
        }
        return out.flip();
    }
}
