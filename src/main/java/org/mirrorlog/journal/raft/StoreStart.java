package org.mirrorlog.journal.raft;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.RecordCodec;
import org.mirrorlog.journal.RecordKind;
import org.mirrorlog.journal.SegmentHeader;

/**
 * What stands first in a segment, so that those before it may go.
 *
 * @param previousEndBytes where the records of the segment before it end; 0 for the first
 * @param lastIndex the last entry before it; 0: none
 * @param seat null: none yet
 */
record StoreStart(long previousEndBytes, long lastIndex, Vote vote, Seat seat) {

    private static final int VERSION = 1;

    /** The first bytes of the segment's file. */
    ByteBuffer encode(JournalId id, long number) {
        ByteWriter body = new ByteWriter(256);
        body.putByte(VERSION).putLong(previousEndBytes).putLong(lastIndex);
        body.putInt(vote.term()).putText(vote.candidate()).putByte(seat == null ? 0 : 1);
        if (seat != null) {
            seat.write(body);
        }
        int bytes = SegmentHeader.BYTES + RecordCodec.totalBytes(body.size());
        ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.put(new SegmentHeader(id, number).encode());
        int start = RecordCodec.begin(out);
        out.put(body.toBytes());
        new RecordCodec(id, number).finish(out, start, RecordKind.RAFT_START, start, SegmentHeader.BYTES);
        return out.flip();
    }

    static StoreStart read(ByteReader in) {
        int version = in.getByte();
        if (version != VERSION) {
            throw new ByteReader.Malformed("a store of version " + version + ", where this program knows " + VERSION);
        }
        long previousEndBytes = in.getLong();
        long lastIndex = in.getLong();
        Vote vote = new Vote(in.getInt(), in.getText());
        Seat seat = in.getByte() == 0 ? null : Seat.read(in);
        in.end();
        return new StoreStart(previousEndBytes, lastIndex, vote, seat);
    }
}
