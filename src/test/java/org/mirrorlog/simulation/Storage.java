package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.mirrorlog.emulator.Legs;

/** The legs of one mirror, shared by all machines: a version number per sector and leg, and what a reader may see. */
final class Storage {
    static final int SECTOR_BYTES = 512;

    private final long[][] versions;
    private final BitSet differing = new BitSet();
    /** Versions that a read of the sector may return: the last written, and those whose fate is unknown. */
    private final Map<Integer, Set<Long>> readable = new LinkedHashMap<>();
    private final Map<Integer, Object> users = new LinkedHashMap<>();
    private long lastVersion;
    private long changes;

    /** Equal legs, or legs that were never mirrored. */
    Storage(int legs, int sectors, boolean isEqual) {
        versions = new long[legs][sectors];
        for (int leg = 0; leg < legs && !isEqual; leg++) {
            Arrays.fill(versions[leg], -1 - leg);
        }
        if (!isEqual) {
            differing.set(0, sectors);
        }
    }

    int sectors() {
        return versions[0].length;
    }

    /** Sectors whose legs differ now; a view. */
    BitSet differing() {
        return differing;
    }

    /** Grows with every write of a leg. */
    long changes() {
        return changes;
    }

    // --- applications: one uses a sector at a time, as a file system sees to it

    boolean take(int sector, Object user) {
        return users.putIfAbsent(sector, user) == null;
    }

    void giveBack(int sector) {
        users.remove(sector);
    }

    long newVersion() {
        return ++lastVersion;
    }

    void written(int sector, long version, boolean isSuccess) {
        Set<Long> known = readable.computeIfAbsent(sector, key -> new TreeSet<>());
        if (isSuccess) {
            known.clear();
        } else if (known.isEmpty()) {
            // What was there before is not known to anybody.
            return;
        }
        known.add(version);
    }

    /** Why this read is wrong; empty if it is not. What was read stays. */
    Optional<String> read(int sector, long version) {
        Set<Long> known = readable.get(sector);
        if (known == null || known.isEmpty()) {
            return Optional.empty();
        }
        if (!known.contains(version)) {
            return Optional.of("sector " + sector + " reads version " + version + ", must be one of " + known);
        }
        known.retainAll(Set.of(version));
        return Optional.empty();
    }

    /** The legs as one machine sees them: its paths to them can fail. */
    final class View implements Legs {
        private final boolean[] failsReads = new boolean[versions.length];
        private final boolean[] failsWrites = new boolean[versions.length];

        void setFailing(int leg, boolean reads, boolean writes) {
            failsReads[leg] = reads;
            failsWrites[leg] = writes;
        }

        void heal() {
            Arrays.fill(failsReads, false);
            Arrays.fill(failsWrites, false);
        }

        @Override
        public int count() {
            return versions.length;
        }

        @Override
        public long sizeBytes() {
            return (long) sectors() * SECTOR_BYTES;
        }

        @Override
        public Optional<byte[]> read(int leg, long offsetBytes, int lengthBytes) {
            if (failsReads[leg]) {
                return Optional.empty();
            }
            ByteBuffer data = ByteBuffer.allocate(lengthBytes);
            for (int i = 0; i < lengthBytes / SECTOR_BYTES; i++) {
                data.putLong(i * SECTOR_BYTES, versions[leg][(int) (offsetBytes / SECTOR_BYTES) + i]);
            }
            return Optional.of(data.array());
        }

        @Override
        public boolean write(int leg, long offsetBytes, byte[] data) {
            if (failsWrites[leg]) {
                return false;
            }
            changes++;
            for (int i = 0; i < data.length / SECTOR_BYTES; i++) {
                int sector = (int) (offsetBytes / SECTOR_BYTES) + i;
                versions[leg][sector] = ByteBuffer.wrap(data).getLong(i * SECTOR_BYTES);
                compare(sector);
            }
            return true;
        }
    }

    private void compare(int sector) {
        boolean isEqual = true;
        for (long[] leg : versions) {
            isEqual &= leg[sector] == versions[0][sector];
        }
        differing.set(sector, !isEqual);
    }

    static byte[] data(long version) {
        return ByteBuffer.allocate(SECTOR_BYTES).putLong(version).array();
    }

    static long version(byte[] data) {
        return ByteBuffer.wrap(data).getLong();
    }

    String describe(int sector) {
        StringBuilder text = new StringBuilder("sector " + sector + " has versions");
        for (long[] leg : versions) {
            text.append(' ').append(leg[sector]);
        }
        return text.toString();
    }
}
