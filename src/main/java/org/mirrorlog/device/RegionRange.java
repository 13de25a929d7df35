package org.mirrorlog.device;

/**
 * Regions whose clean bit may have changed.
 *
 * @param first the first region
 * @param end the region after the last one; greater than {@code first}
 */
public record RegionRange(long first, long end) {
    public RegionRange {
        if (first < 0 || end <= first) {
            throw new IllegalArgumentException("no region range: [" + first + ", " + end + ")");
        }
    }

    /** The range of one region. */
    public static RegionRange of(long region) {
        return new RegionRange(region, region + 1);
    }
}
