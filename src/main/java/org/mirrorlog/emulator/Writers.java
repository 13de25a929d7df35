package org.mirrorlog.emulator;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Applications that write 4 KiB blocks at random, each a new one when its last has ended; never two to one block at a
 * time.
 */
final class Writers {
    private static final int BLOCK_BYTES = 4096;
    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(5);

    private final EmulatedDevice device;
    private final Random random;
    private final long blocks;
    private final Set<Long> busy = new HashSet<>();
    private final Histogram latency = new Histogram(1, LONGEST_NS, 3);
    private boolean isWriting;
    private long ended;
    private long failed;

    Writers(EmulatedDevice device, long sizeBytes, Random random) {
        this.device = device;
        this.random = random;
        this.blocks = sizeBytes / BLOCK_BYTES;
    }

    void start(int count) {
        isWriting = true;
        for (int i = 0; i < count; i++) {
            writeOne();
        }
    }

    /** Those under way end, no new ones begin. */
    void stop() {
        isWriting = false;
    }

    private void writeOne() {
        long block = random.nextLong(blocks);
        while (!busy.add(block)) {
            block = random.nextLong(blocks);
        }
        byte[] data = new byte[BLOCK_BYTES];
        random.nextBytes(data);
        long taken = block;
        long startNs = System.nanoTime();
        device.write(block * BLOCK_BYTES, data, bio -> {
            busy.remove(taken);
            ended++;
            failed += bio.state() == Bio.State.FAILED ? 1 : 0;
            latency.recordValue(Math.min(System.nanoTime() - startNs, LONGEST_NS));
            if (isWriting) {
                writeOne();
            }
        });
    }

    boolean isQuiet() {
        return busy.isEmpty();
    }

    int underWay() {
        return busy.size();
    }

    long ended() {
        return ended;
    }

    long failed() {
        return failed;
    }

    /** Latencies since the last call, in nanoseconds; the same object each time. */
    Histogram latency() {
        return latency;
    }
}
