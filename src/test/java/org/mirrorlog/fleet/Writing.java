package org.mirrorlog.fleet;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.mirrorlog.emulator.Bio;
import org.mirrorlog.emulator.EmulatedDevice;

/**
 * Applications of all machines that write 4 KiB blocks of one mirror at random: regions overlap, a block has one write
 * at a time. Each write carries its own number, so that it is known what a block must hold. Between two writes an
 * application rests for a moment: otherwise it would leave no processor to whatever is tested. Belongs to the machines'
 * thread.
 */
final class Writing {
    static final int BLOCK_BYTES = 4096;

    /** A write under way. */
    private record Pending(String machine, long startNs) { }

    /** The applications of one machine, since it last had power: each writes or rests. */
    private static final class Lanes {
        final EmulatedDevice device;
        int wanted;
        int running;

        Lanes(EmulatedDevice device) {
            this.device = device;
        }
    }

    private final long blocks;
    private final Random random;
    private final Map<Long, Pending> pending = new HashMap<>();
    private final Map<Long, Long> acknowledged = new HashMap<>();
    private final Set<Long> unknown = new HashSet<>();
    private final Map<String, Long> ended = new TreeMap<>();
    private final Map<String, Lanes> lanes = new HashMap<>();
    private final Consumer<Runnable> afterRest;
    private long failed;
    private long numbers;
    private long slowestNs;

    /** @param afterRest does something on the machines' thread when a rest is over: {@link Kernels#afterRest} */
    Writing(long sizeBytes, Random random, Consumer<Runnable> afterRest) {
        this.blocks = sizeBytes / BLOCK_BYTES;
        this.random = random;
        this.afterRest = afterRest;
    }

    /** So many writes at a time on that machine, until {@link #stop}. */
    void start(String machine, EmulatedDevice device, int count) {
        Lanes here = lanes.get(machine);
        if (here == null || here.device != device) {
            here = new Lanes(device);
            lanes.put(machine, here);
        }
        here.wanted = count;
        while (here.running < count) {
            here.running++;
            writeOne(machine, here);
        }
    }

    /** Writes under way end, no new ones begin. */
    void stop() {
        lanes.values().forEach(here -> here.wanted = 0);
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

    /** One that is at rest no longer writes again, unless it is one too many or its machine has no power any more. */
    private void next(String machine, Lanes here) {
        if (here.running <= here.wanted && lanes.get(machine) == here) {
            writeOne(machine, here);
        } else {
            here.running--;
        }
    }

    private void writeOne(String machine, Lanes here) {
        long block = random.nextLong(blocks);
        while (pending.containsKey(block)) {
            block = random.nextLong(blocks);
        }
        long number = ++numbers;
        byte[] data = new byte[BLOCK_BYTES];
        ByteBuffer.wrap(data).putLong(0, number).putLong(BLOCK_BYTES - Long.BYTES, number);
        long taken = block;
        pending.put(taken, new Pending(machine, System.nanoTime()));
        here.device.write(block * BLOCK_BYTES, data, bio -> ended(machine, here, taken, number, bio));
    }

    private void ended(String machine, Lanes here, long block, long number, Bio bio) {
        Pending was = pending.remove(block);
        slowestNs = Math.max(slowestNs, System.nanoTime() - was.startNs());
        if (bio.state() == Bio.State.DONE) {
            acknowledged.put(block, number);
            unknown.remove(block);
            ended.merge(machine, 1L, Long::sum);
        } else {
            failed++;
        }
        afterRest.accept(() -> next(machine, here));
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
