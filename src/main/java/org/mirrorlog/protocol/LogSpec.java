package org.mirrorlog.protocol;

import java.util.Objects;
import java.util.Optional;

/**
 * What a table line says about its log: the parsed constructor string.
 *
 * @param lengthSectors length of the mirror in 512-byte sectors, 1 or more
 * @param type core (memory) or disk
 * @param device the log device exactly as given in the string; present for disk logs only
 * @param regionSizeSectors a power of two, 2 to 2^31
 * @param sync what regions are that nobody knows anything about
 * @param isBlockOnError legacy word, echoed in the status only
 */
public record LogSpec(long lengthSectors, LogType type, Optional<String> device, long regionSizeSectors, SyncMode sync,
                      boolean isBlockOnError) {
    /**
     * Most regions of a new log. A map of them that is noisy all over takes 8 MiB; what a round asks and answers, and
     * what a commit holds, are a few of those. Logs of more that are in use already are served on, as far as that goes.
     */
    public static final long MOST_REGIONS = 64L << 20;

    /** The two log types, with the words of the table line. */
    public enum LogType {
        CORE("clustered-core"), DISK("clustered-disk");

        private final String word;

        LogType(String word) {
            this.word = word;
        }

        /** The word in table and status lines. */
        public String word() {
            return word;
        }
    }

    /** The option {@code sync} / {@code nosync}, or neither. */
    public enum SyncMode { DEFAULT, SYNC, NOSYNC }

    public LogSpec {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(sync, "sync");
        if (device.isPresent() != (type == LogType.DISK)) {
            throw new IllegalArgumentException("a device belongs to disk logs and only to them");
        }
        if (regionSizeSectors < 2 || regionSizeSectors > 1L << 31 || Long.bitCount(regionSizeSectors) != 1) {
            throw new IllegalArgumentException("region size must be a power of two, 2 to 2^31: " + regionSizeSectors);
        }
        if (lengthSectors < 1 || regionCount(lengthSectors, regionSizeSectors) > 0xffff_ffffL) {
            throw new IllegalArgumentException("a log has 1 to 2^32-1 regions");
        }
    }

    /** Number of regions; the last one may be short. */
    public long regionCount() {
        return regionCount(lengthSectors, regionSizeSectors);
    }

    /** Whether unknown regions are declared clean and in sync. */
    public boolean isNosync() {
        return sync == SyncMode.NOSYNC;
    }

    private static long regionCount(long lengthSectors, long regionSizeSectors) {
        return (lengthSectors - 1) / regionSizeSectors + 1;
    }
}
