package org.mirrorlog.device;

import java.util.Objects;
import java.util.Optional;

/** What a log device holds. */
public sealed interface Contents {
    /**
     * Whether {@code nosync} may declare the regions clean that the device does not know. Only where the device could
     * be read and holds no log, or a smaller one: unknown never means clean because of an error (S19, H25).
     */
    boolean isNosyncApplicable();

    /**
     * A log of version 1 or 2.
     *
     * @param nrRegions number of regions in the header, <b>unsigned</b>: 2^64-1 in logs prepared by LVM, that is "all"
     * @param bits the clean bits of the regions both sides know
     * @param header our private bytes; empty where somebody else formatted the log since
     */
    record Readable(long nrRegions, DiskBits bits, Optional<PrivateHeader> header) implements Contents {
        public Readable {
            Objects.requireNonNull(bits, "bits");
            Objects.requireNonNull(header, "header");
        }

        @Override
        public boolean isNosyncApplicable() {
            return true;
        }
    }

    /** No log: an empty or foreign device. */
    record BadMagic(int magic) implements Contents {
        @Override
        public boolean isNosyncApplicable() {
            return true;
        }
    }

    /** A log of a version that nobody knows: every region is dirty. */
    record BadVersion(int version) implements Contents {
        @Override
        public boolean isNosyncApplicable() {
            return false;
        }
    }

    /**
     * The device could not be read: every region is dirty.
     *
     * @param errno positive Linux error number
     * @param why the failed call in words
     */
    record Unreadable(int errno, String why) implements Contents {
        public Unreadable {
            Objects.requireNonNull(why, "why");
        }

        @Override
        public boolean isNosyncApplicable() {
            return false;
        }
    }
}
