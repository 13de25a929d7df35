package org.mirrorlog.journal;

/** What a record says. The codes are part of the file format and never change. */
public enum RecordKind {

    /** First in a segment: which segments are there and where each of them ends. */
    SEGMENTS(1),
    /** Next in a segment: heads and deletions of all persistence ids at the moment the segment was begun. */
    HEADS(2),
    /** Events of one persistence id, right after its head. */
    EVENTS(3),
    /** Events that stood in an older segment, copied forward; they change no head. */
    MOVED(4),
    /** Events up to a sequence number are deleted. */
    DELETED(5),
    /** The journal was opened, and everything before was checked and forced: damage before it is no torn tail. */
    OPENED(6),
    /** The journal was closed in order. */
    CLOSED(7),
    /** After the end of a segment that was followed by another; stands beyond the end that SEGMENTS names. */
    CONTINUED(8),

    // Only in the segments of a replicated journal (journal.raft), which have none of the kinds above but CONTINUED.

    /** First in a segment: what the segments before it say that is not about single entries. */
    RAFT_START(9),
    /** Who this member is, and with whom it began. */
    RAFT_SEAT(10),
    /** The term, and whom this member has voted for in it. */
    RAFT_VOTE(11),
    /** An entry of the replicated log. */
    RAFT_ENTRY(12),
    /** The entries from an index on are void. */
    RAFT_TRUNCATED(13),
    /** A part of a checkpoint. */
    RAFT_CHUNK(14);

    private static final RecordKind[] BY_CODE = values();

    private final int code;

    RecordKind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** The kind with this code, or null. */
    static RecordKind of(int code) {
        return code >= 1 && code <= BY_CODE.length ? BY_CODE[code - 1] : null;
    }
}
