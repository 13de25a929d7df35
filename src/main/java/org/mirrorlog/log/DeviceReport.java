package org.mirrorlog.log;

import java.util.Objects;

/** What reading the log device showed, before the first instance of an epoch is let in. */
public sealed interface DeviceReport {
    /**
     * The header is one we know.
     *
     * @param knownRegions number of regions that the bitmap describes, unsigned
     * @param clean the clean bits, at most the first region_count of them
     */
    record Readable(long knownRegions, RegionSet clean) implements DeviceReport {
        public Readable {
            Objects.requireNonNull(clean, "clean");
        }
    }

    /** No log was ever written here. */
    record Blank() implements DeviceReport { }

    /** Unreadable, or of a version that nobody knows: nothing may be called clean, nosync or not (S19). */
    record Unknown(String reason) implements DeviceReport {
        public Unknown {
            Objects.requireNonNull(reason, "reason");
        }
    }
}
