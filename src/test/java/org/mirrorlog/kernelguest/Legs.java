package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/** The two legs' bytes, seen from outside the guest. Only while nothing writes to them. */
final class Legs {
    private static final int CHUNK = 1 << 20;
    private static final int CANARY = 512;

    private final Path leg0;
    private final Path leg1;
    private final MirrorTable.Geometry geometry;

    Legs(Path leg0, Path leg1, MirrorTable.Geometry geometry) {
        this.leg0 = leg0;
        this.leg1 = leg1;
        this.geometry = geometry;
    }

    /** Fills both legs with different random bytes, so that nothing but a resync can make them equal. */
    void makeDifferent(long seed) throws IOException {
        fill(leg0, new Random(seed));
        fill(leg1, new Random(seed + 1));
    }

    /** Fills both legs with the same random bytes: legs that {@code nosync} tells the truth about. */
    void makeEqual(long seed) throws IOException {
        fill(leg0, new Random(seed));
        fill(leg1, new Random(seed));
    }

    /** The regions in which the legs differ in at least one byte. */
    BitSet differingRegions() throws IOException {
        BitSet differing = new BitSet();
        try (RandomAccessFile a = new RandomAccessFile(leg0.toFile(), "r");
                RandomAccessFile b = new RandomAccessFile(leg1.toFile(), "r")) {
            for (int region = 0; region < geometry.regions(); region++) {
                differing.set(region, !Arrays.equals(read(a, region), read(b, region)));
            }
        }
        return differing;
    }

    /**
     * Spoils the last sector of each of these regions on leg 1, so that a copy of the region can be told afterwards.
     */
    void plantCanaries(BitSet regions) throws IOException {
        invertLastSectors(regions);
    }

    /** Puts the spoilt sectors right again. */
    void takeCanariesAway(BitSet regions) throws IOException {
        invertLastSectors(regions);
    }

    private void invertLastSectors(BitSet regions) throws IOException {
        try (RandomAccessFile leg = new RandomAccessFile(leg1.toFile(), "rwd")) {
            byte[] sector = new byte[CANARY];
            for (int region = regions.nextSetBit(0); region >= 0; region = regions.nextSetBit(region + 1)) {
                long end = ((long) region * geometry.regionSectors() + geometry.sectorsOf(region)) * CANARY;
                leg.seek(end - CANARY);
                leg.readFully(sector);
                for (int i = 0; i < CANARY; i++) {
                    sector[i] = (byte) ~sector[i];
                }
                leg.seek(end - CANARY);
                leg.write(sector);
            }
        }
    }

    private byte[] read(RandomAccessFile leg, int region) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(geometry.sectorsOf(region) * CANARY)];
        leg.seek(region * geometry.regionBytes());
        leg.readFully(bytes);
        return bytes;
    }

    private void fill(Path leg, Random random) throws IOException {
        byte[] chunk = new byte[CHUNK];
        try (RandomAccessFile file = new RandomAccessFile(leg.toFile(), "rw")) {
            for (long at = 0; at < geometry.bytes(); at += CHUNK) {
                random.nextBytes(chunk);
                file.write(chunk, 0, (int) Math.min(CHUNK, geometry.bytes() - at));
            }
            file.getFD().sync();
        }
    }
}
