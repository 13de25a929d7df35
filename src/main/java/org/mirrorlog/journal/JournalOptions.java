package org.mirrorlog.journal;

import java.time.Duration;

/**
 * What the journal can be told; mirrorlog-journal.conf says what each value means and its range.
 *
 * @param segmentBytes size at which a new segment is begun; a single group may exceed it
 * @param groupBytes most bytes in one group, and so in one append
 * @param extendBytes by how much a segment file grows at a time, filled with zeros ahead of the records
 * @param compactBelowPercent a sealed segment with less live data than this is copied forward and removed; 0 = never
 * @param compactStepBytes most bytes copied forward between two groups
 * @param queueBytes most bytes waiting for the writer; further appends are refused
 * @param stalledAfter a group under way for longer makes {@link SegmentJournal#isWritable()} false
 */
public record JournalOptions(int segmentBytes, int groupBytes, int extendBytes, int compactBelowPercent,
        int compactStepBytes, long queueBytes, Duration stalledAfter) {

    /** Checks the bounds. */
    public JournalOptions {
        require(groupBytes >= 512, "groupBytes must be at least 512");
        require(segmentBytes >= 1024, "segmentBytes must be at least 1024");
        require(segmentBytes <= 1 << 30, "segmentBytes must be at most 1 GiB");
        require(groupBytes <= 1 << 28, "groupBytes must be at most 256 MiB");
        require(extendBytes >= 512, "extendBytes must be at least 512");
        require(compactBelowPercent >= 0 && compactBelowPercent <= 75, "compactBelowPercent must be 0 to 75");
        require(compactStepBytes >= 1, "compactStepBytes must be positive");
        require(queueBytes >= groupBytes, "queueBytes must be at least groupBytes");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
