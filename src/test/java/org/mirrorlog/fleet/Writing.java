package org.mirrorlog.fleet;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.mirrorlog.emulator.Bio;
import org.mirrorlog.emulator.EmulatedDevice;

/**
 * Applications of all machines that write 4 KiB blocks of one mirror at random: regions overlap, a block has one write
 * at a time. Each write carries its own number, so that it is known what a block must hold. Belongs to the machines'
 * thread.
 */
final class Writing {
    static final int BLOCK_BYTES = 4096;

    /** A write under way. */
    private record Pending(String machine, long startNs) { }

    private final long blocks;
    private final Random random;
    private final Map<Long, Pending> pending = new HashMap<>();
    private final Map<Long, Long> acknowledged = new HashMap<>();
    private final Set<Long> unknown = new HashSet<>();
    private final Map<String, Long> ended = new TreeMap<>();
    private final Map<String, Integer> lanes = new HashMap<>();
    private long failed;
    private long numbers;
    private long slowestNs;

    Writing(long sizeBytes, Random random) {
        this.blocks = sizeBytes / BLOCK_BYTES;
        this.random = random;
    }

    /** So many writes at a time on that machine, until {@link #stop}. */
    void start(String machine, EmulatedDevice device, int count) {
        int running = lanes.getOrDefault(machine, 0);
        lanes.put(machine, count);
        for (int i = running; i < count; i++) {
            writeOne(machine, device);
        }
    }

    /** Writes under way end, no new ones begin. */
    void stop() {
        lanes.clear();
    }

    /** That machine has lost its power: what its writes have done nobody knows. */
    void forget(String machine) {
        lanes.remove(machine);
        pending.entrySet().removeIf(entry -> {
            boolean isLost = entry.getValue().machine().equals(machine);
            if (isLost) {
                acknowledged.remove(entry.getKey());
                unknown.add(entry.getKey());
            }
            return isLost;
        });
    }

    private void writeOne(String machine, EmulatedDevice device) {
        long block = random.nextLong(blocks);
        while (pending.containsKey(block)) {
            block = random.nextLong(blocks);
        }
        long number = ++numbers;
        byte[] data = new byte[BLOCK_BYTES];
        ByteBuffer.wrap(data).putLong(0, number).putLong(BLOCK_BYTES - Long.BYTES, number);
        long taken = block;
        pending.put(taken, new Pending(machine, System.nanoTime()));
        device.write(block * BLOCK_BYTES, data, bio -> ended(machine, device, taken, number, bio));
    }

    private void ended(String machine, EmulatedDevice device, long block, long number, Bio bio) {
        Pending was = pending.remove(block);
        slowestNs = Math.max(slowestNs, System.nanoTime() - was.startNs());
        if (bio.state() == Bio.State.DONE) {
            acknowledged.put(block, number);
            unknown.remove(block);
            ended.merge(machine, 1L, Long::sum);
        } else {
            failed++;
        }
        int running = (int) pending.values().stream().filter(other -> other.machine().equals(machine)).count();
        if (running < lanes.getOrDefault(machine, 0)) {
            writeOne(machine, device);
        }
    }

    boolean isQuiet() {
        return pending.isEmpty();
    }

    int underWay() {
        return pending.size();
    }

    /** Writes acknowledged to that machine so far. */
    long ended(String machine) {
        return ended.getOrDefault(machine, 0L);
    }

    long failed() {
        return failed;
    }

    /** Longest time that a write has taken or waits already; and starts measuring anew. */
    long takeSlowestMs() {
        long now = System.nanoTime();
        for (Pending one : pending.values()) {
            slowestNs = Math.max(slowestNs, now - one.startNs());
        }
        long slowest = slowestNs / 1_000_000;
        slowestNs = 0;
        return slowest;
    }

    /** The numbers that blocks must hold. */
    Map<Long, Long> acknowledged() {
        return Map.copyOf(acknowledged);
    }
}
