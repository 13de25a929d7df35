package org.mirrorlog.emulator;

import java.util.List;

/**
 * What a comparison of legs has found.
 *
 * @param comparedRegions regions whose legs had to be equal
 * @param unsyncedRegions regions left out because nobody says that their legs are equal
 * @param busyRegions regions left out because a write or copy was under way
 * @param differences regions whose legs differ though they should not; the first hundred
 * @param differenceCount how many there were
 */
public record AuditReport(long comparedRegions, long unsyncedRegions, long busyRegions, List<Difference> differences,
                          long differenceCount) {
    /** A region whose legs differ. */
    public record Difference(long region, int leg, long offsetBytes) {
        @Override
        public String toString() {
            return "region " + region + ": leg " + leg + " differs from leg 0 at byte " + offsetBytes;
        }
    }

    /** Whether the legs are equal wherever they have to be. */
    public boolean isClean() {
        return differenceCount == 0;
    }

    @Override
    public String toString() {
        return comparedRegions + " regions compared, " + differenceCount + " differ, " + unsyncedRegions
                + " not in sync, "
                + busyRegions + " busy" + (differences.isEmpty() ? "" : ": " + differences);
    }
}
