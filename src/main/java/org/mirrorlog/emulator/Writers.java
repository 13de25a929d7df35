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
    /** Blocks that have a write under way, of all who write to these legs. */
    private final Set<Long> busy;
    private final long restMs;
    private final Histogram latency = new Histogram(1, LONGEST_NS, 3);
    private boolean isWriting;
    private int underWay;
    private long ended;
    private long failed;

    Writers(EmulatedDevice device, long sizeBytes, Random random) {
        this.device = device;
        this.random = random;
        this.blocks = sizeBytes / BLOCK_BYTES;
        this.busy = new HashSet<>();
        this.restMs = 0;
    }

    /**
     * Writers of another machine on the same legs.
     *
     * @param restMs how long each rests between two writes; 0: not at all
     */
    Writers(EmulatedDevice device, Writers others, long restMs) {
        this.device = device;
        this.random = others.random;
        this.blocks = others.blocks;
        this.busy = others.busy;
        this.restMs = restMs;
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
        underWay++;
        device.write(block * BLOCK_BYTES, data, bio -> {
            busy.remove(taken);
            underWay--;
            ended++;
            failed += bio.state() == Bio.State.FAILED ? 1 : 0;
            latency.recordValue(Math.min(System.nanoTime() - startNs, LONGEST_NS));
            if (restMs > 0) {
                device.machine().timers().after(restMs, this::goOn);
            } else {
                goOn();
            }
        });
    }

    private void goOn() {
        if (isWriting) {
            writeOne();
        }
    }

    boolean isQuiet() {
        return underWay == 0;
    }

    int underWay() {
        return underWay;
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
