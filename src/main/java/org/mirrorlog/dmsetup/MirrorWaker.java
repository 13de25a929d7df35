package org.mirrorlog.dmsetup;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes the worker of a mirror of this machine's kernel by reading one block of it, past the page cache: only then does
 * the worker of an idle mirror ask for work. Such a read may wait for the very daemon that serves the log, or for a
 * resume, and cannot be killed: in this process it would keep the daemon's locks after the daemon's end, and no other
 * one could start to answer it. So a program reads, which has none of our descriptors, and nobody waits for it. Those
 * that hang, for the mirror's legs do, keep their process, and nobody's place: {@value #MOST_AT_A_TIME} others are read
 * at a time, whatever hangs. So there are {@value #MOST_PROGRAMS} programs at most. Thread-safe; nothing here blocks
 * the caller.
 */
public final class MirrorWaker {
    private static final Logger LOG = LoggerFactory.getLogger(MirrorWaker.class);
    private static final int BLOCK_BYTES = 4096;
    private static final File NOTHING = new File("/dev/null");
    /** Reads under way that may end soon. A mirror that is suspended is not read: it asks by itself when resumed. */
    static final int MOST_AT_A_TIME = 32;
    /** A read that takes longer hangs, until it ends. */
    static final long HANGS_AFTER_MS = 10_000;
    /** As many mirrors may hang; where more do, none is woken before one of them answers. */
    private static final int MOST_PROGRAMS = 1_024 + MOST_AT_A_TIME;

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
        return underWay.size() < MOST_PROGRAMS && underWay.values().stream()
                .filter(sinceMs -> nowMs - sinceMs < HANGS_AFTER_MS).count() < MOST_AT_A_TIME;
    }

    /** Reads from the mirror that uses this log, if there is one; does nothing while such a read is under way. */
    public void wake(String logUuid) {
        long nowMs = clockMs.getAsLong();
        if (hasRoom(nowMs) && underWay.putIfAbsent(logUuid, nowMs) == null) {
            Thread thread = new Thread(() -> {
                boolean isRead = false;
                try {
                    isRead = tables.deviceOf(logUuid).filter(name -> !tables.isSuspended(name))
                            .filter(name -> read(logUuid, name)).isPresent();
                } finally {
                    if (!isRead) {
                        underWay.remove(logUuid);
                    }
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

    /** Whether a program has begun to. */
    private boolean read(String logUuid, String name) {
        LOG.info("log {}: mirror {} is woken by a read: it may have something to recover, or to ask", logUuid, name);
        Process reader;
        try {
            // A block that is in the page cache would not reach the mirror at all.
            reader = new ProcessBuilder("dd", "if=" + devices.resolve(name), "of=/dev/null", "bs=" + BLOCK_BYTES,
                    "count=1", "iflag=direct", "status=none").redirectInput(NOTHING)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            LOG.warn("log {}: mirror {} could not be read to wake it: {}", logUuid, name, e.toString());
            return false;
        }
        reader.onExit().thenAccept(ended -> {
            underWay.remove(logUuid);
            if (ended.exitValue() != 0) {
                LOG.warn("log {}: mirror {} could not be read to wake it: {}", logUuid, name, "dd ended with status "
                        + ended.exitValue());
            }
        });
        return true;
    }
}
