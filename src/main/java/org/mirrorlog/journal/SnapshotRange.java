package org.mirrorlog.journal;

import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotSelectionCriteria;

/** Which snapshots of a log Akka speaks of, for every journal alike; all bounds are inclusive. */
public record SnapshotRange(long leastSequenceNr, long mostSequenceNr, long leastTimestamp, long mostTimestamp) {
    /** Those that it chooses by criteria. */
    public static SnapshotRange of(SnapshotSelectionCriteria criteria) {
        return new SnapshotRange(criteria.minSequenceNr(), criteria.maxSequenceNr(), criteria.minTimestamp(),
                criteria.maxTimestamp());
    }

    /**
     * The one of this number. Timestamp 0 stands for "whatever it is": callers that never saw the metadata know the
     * number only.
     */
    public static SnapshotRange of(SnapshotMetadata metadata) {
        boolean isAnyTime = metadata.timestamp() == 0;
        return new SnapshotRange(metadata.sequenceNr(), metadata.sequenceNr(),
                isAnyTime ? Long.MIN_VALUE : metadata.timestamp(), isAnyTime ? Long.MAX_VALUE : metadata.timestamp());
    }

    /** Whether a snapshot is one of them. */
    public boolean has(long sequenceNr, long timestamp) {
        return sequenceNr >= leastSequenceNr && sequenceNr <= mostSequenceNr && timestamp >= leastTimestamp
                && timestamp <= mostTimestamp;
    }
}
