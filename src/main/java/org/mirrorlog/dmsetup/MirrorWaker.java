package org.mirrorlog.dmsetup;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes the worker of a mirror of this machine's kernel by reading one block of it, past the page cache: only then does
 * the worker of an idle mirror ask for work. Such a read may wait for the very daemon that serves the log, or for a
 * resume, so each has a thread of its own that nobody waits for. Those that hang, for the mirror's legs do, keep their
 * threads, and nobody's place: {@value #MOST_AT_A_TIME} others are read at a time, whatever hangs. So there are
 * {@value #MOST_THREADS} threads at most. Thread-safe; nothing here blocks the caller.
 */
public final class MirrorWaker {
    private static final Logger LOG = LoggerFactory.getLogger(MirrorWaker.class);
    private static final int BLOCK_BYTES = 4096;
    /** Reads under way that may end soon. A mirror that is suspended is not read: it asks by itself when resumed. */
    static final int MOST_AT_A_TIME = 32;
    /** A read that takes longer hangs, until it ends. */
    static final long HANGS_AFTER_MS = 10_000;
    /** As many mirrors may hang; where more do, none is woken before one of them answers. */
    private static final int MOST_THREADS = 1_024 + MOST_AT_A_TIME;

    private final KernelTables tables;
    private final Path devices;
    private final LongSupplier clockMs;
    /** Logs whose mirror is being read, and since when. */
    private final Map<String, Long> underWay = new ConcurrentHashMap<>();

    /** Wakes the mirrors that these tables belong to. */
    public MirrorWaker(KernelTables tables, LongSupplier clockMs) {
        this(tables, Path.of("/dev/mapper"), clockMs);
    }

    MirrorWaker(KernelTables tables, Path devices, LongSupplier clockMs) {
        this.tables = tables;
        this.devices = devices;
        this.clockMs = clockMs;
    }

    private boolean hasRoom(long nowMs) {
        return underWay.size() < MOST_THREADS && underWay.values().stream()
                .filter(sinceMs -> nowMs - sinceMs < HANGS_AFTER_MS).count() < MOST_AT_A_TIME;
    }

    /** Reads from the mirror that uses this log, if there is one; does nothing while such a read is under way. */
    public void wake(String logUuid) {
        long nowMs = clockMs.getAsLong();
        if (hasRoom(nowMs) && underWay.putIfAbsent(logUuid, nowMs) == null) {
            Thread thread = new Thread(() -> {
                try {
                    tables.deviceOf(logUuid).filter(name -> !tables.isSuspended(name))
                            .ifPresent(name -> read(logUuid, name));
                } finally {
                    underWay.remove(logUuid);
                }
            }, "mirrorlog-wake");
            try {
                Threads.start(thread);
            } catch (IllegalStateException e) {
                underWay.remove(logUuid);
                LOG.warn("log {}: its mirror could not be read to wake it: {}", logUuid, e.getMessage());
            }
        }
    }

    /** Whether no mirror is being read. */
    boolean isIdle() {
        return underWay.isEmpty();
    }

    boolean isBeingRead(String logUuid) {
        return underWay.containsKey(logUuid);
    }

    private void read(String logUuid, String name) {
        try {
            LOG.info("log {}: mirror {} is woken by a read: it may have something to recover, or to ask", logUuid,
                    name);
            readOne(devices.resolve(name));
        } catch (IOException e) {
            LOG.warn("log {}: mirror {} could not be read to wake it: {}", logUuid, name, e.toString());
        }
    }

    private static void readOne(Path device) throws IOException {
        Optional<FileChannel> direct = open(device);
        try (FileChannel channel = direct.isPresent()
                ? direct.get() : FileChannel.open(device, StandardOpenOption.READ)) {
            channel.read(ByteBuffer.allocateDirect(2 * BLOCK_BYTES).alignedSlice(BLOCK_BYTES).limit(BLOCK_BYTES), 0);
        }
    }

    /** Past the page cache: a block that is in it would not reach the mirror at all. */
    private static Optional<FileChannel> open(Path device) throws IOException {
        try {
            return Optional.of(FileChannel.open(device, StandardOpenOption.READ, ExtendedOpenOption.DIRECT));
        } catch (UnsupportedOperationException e) {
            return Optional.empty();
        }
    }
}
