package org.mirrorlog.log;

import org.mirrorlog.protocol.LogSpec;

/**
 * The shape that all instances of a log share within an epoch.
 *
 * @param type core or disk
 * @param lengthSectors length of the mirror
 * @param regionSizeSectors a power of two
 */
public record Geometry(LogSpec.LogType type, long lengthSectors, long regionSizeSectors) {
    public Geometry {
        if (lengthSectors < 1 || regionSizeSectors < 1
                || (lengthSectors - 1) / regionSizeSectors >= RegionSet.REGION_LIMIT - 1) {
            throw new IllegalArgumentException("a log has 1 to 2^32-1 regions, not " + lengthSectors
                    + " sectors in regions of "
                    + regionSizeSectors);
        }
    }

    /** The geometry that a table line asks for. */
    public static Geometry of(LogSpec spec) {
        return new Geometry(spec.type(), spec.lengthSectors(), spec.regionSizeSectors());
    }

    /** 1 to 2^32-1; the last region may be short. */
    public long regionCount() {
        return (lengthSectors - 1) / regionSizeSectors + 1;
    }

    /** Every region of this geometry. */
    public RegionSet allRegions() {
        return RegionSet.range(0, regionCount());
    }

    /** The regions that reach beyond an older, shorter mirror: nobody has ever compared their legs. */
    RegionSet regionsNewSince(Geometry older) {
        return lengthSectors <= older.lengthSectors ? RegionSet.empty()
                : RegionSet.range(older.lengthSectors / regionSizeSectors, regionCount());
    }

    @Override
    public String toString() {
        return type.word() + ", " + lengthSectors + " sectors in regions of " + regionSizeSectors;
    }
}
