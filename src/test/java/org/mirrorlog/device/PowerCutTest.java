package org.mirrorlog.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * S1, S2 for the device alone: whatever part of the device's cache survives a power cut, no region is clean on it that
 * was not clean at some moment since the last acknowledged flush. {@code -Dseed=} repeats a run.
 */
class PowerCutTest {
    private static final int REGIONS = 20_000;
    private static final int BLOCK_BYTES = 512;

    @Test
    void shouldNeverLeaveARegionCleanThatWasDirtyWhenTheFlushWasAcknowledged_S2() throws IOException {
        long seed = Long.getLong("seed", new Random().nextLong());
        for (int run = 0; run < 200; run++) {
            playOneRun(new Random(seed + run), "seed " + (seed + run));
        }
    }

    private static void playOneRun(Random random, String seed) throws IOException {
        MemoryFile file = new MemoryFile((int) LogImage.neededBytes(REGIONS, BLOCK_BYTES), BLOCK_BYTES);
        file.maxTransferBytes = BLOCK_BYTES * (1 + random.nextInt(4));
        LogDevice device = file.open(REGIONS);
        Regions regions = Regions.allClean(REGIONS);
        device.format(regions, Regions.ACTIVE);
        BitSet cleanSinceFlush = (BitSet) regions.clean.clone();
        int steps = random.nextInt(30);
        for (int step = 0; step < steps; step++) {
            List<RegionRange> changed = new ArrayList<>();
            for (int i = random.nextInt(8); i >= 0; i--) {
                int region = random.nextInt(REGIONS);
                regions.clean.set(region, random.nextInt(3) == 0);
                changed.add(RegionRange.of(region));
            }
            boolean mustFlush = random.nextBoolean();
            if (random.nextInt(10) == 0) {
                device.verify(regions);
            }
            device.update(regions, changed, mustFlush);
            if (mustFlush) {
                cleanSinceFlush = (BitSet) regions.clean.clone();
            } else {
                cleanSinceFlush.or(regions.clean);
            }
        }

        Contents.Readable left = assertInstanceOf(Contents.Readable.class, cutPower(file, random).open(REGIONS).read());

        for (int region = 0; region < REGIONS; region++) {
            assertFalse(left.bits().isClean(region) && !cleanSinceFlush.get(region), seed + ": region " + region);
        }
        assertEquals(REGIONS, left.nrRegions(), seed);
    }

    /** Of what was never flushed, each block survives or not. */
    private static MemoryFile cutPower(MemoryFile file, Random random) {
        byte[] left = file.stable.clone();
        for (int at = 0; at < left.length; at += BLOCK_BYTES) {
            if (random.nextBoolean()) {
                System.arraycopy(file.bytes, at, left, at, BLOCK_BYTES);
            }
        }
        return new MemoryFile(left, BLOCK_BYTES);
    }
}
