package org.mirrorlog.device;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Collection;
import java.util.UUID;

/** The owner's state, as far as a device test needs it: which regions are clean. */
final class Regions implements CleanBits {
    static final UUID JOURNAL = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
    static final PrivateHeader ACTIVE = new PrivateHeader(JOURNAL, "storage-one", true, 41);

    final BitSet clean = new BitSet();

    static Regions allClean(int regionCount) {
        Regions regions = new Regions();
        regions.clean.set(0, regionCount);
        return regions;
    }

    static Regions cleanExcept(int regionCount, Collection<Integer> dirty) {
        Regions regions = allClean(regionCount);
        dirty.forEach(regions.clean::clear);
        return regions;
    }

    @Override
    public void fill(long firstRegion, ByteBuffer into) {
        byte[] bits = clean.get((int) firstRegion, (int) firstRegion + into.remaining() * 8).toByteArray();
        into.put(bits);
        while (into.hasRemaining()) {
            into.put((byte) 0);
        }
    }
}
