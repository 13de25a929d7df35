package org.mirrorlog.emulator;

import java.util.Objects;

/**
 * What management loads into the kernel: one mirror target with a userspace log.
 *
 * @param uuid names the log in the cluster
 * @param lengthSectors length of the mirror in 512-byte sectors
 * @param logArgs log type and its arguments as the daemon is to see them, such as {@code clustered-core 1024 nosync};
 *     passed on unchecked, as the kernel does
 * @param isIntegratedFlush FLUSH carries the marks
 * @param isHandlingErrors the mirror feature {@code handle_errors}: hold what failed, for management to repair
 * @param isKeepingLog the mirror feature {@code keep_log}: fail what failed, the log stays in charge
 */
public record MirrorTable(String uuid, long lengthSectors, String logArgs, boolean isIntegratedFlush,
                          boolean isHandlingErrors, boolean isKeepingLog) {
    public MirrorTable {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(logArgs, "logArgs");
        if (lengthSectors < 1) {
            throw new IllegalArgumentException("a mirror has 1 sector or more: " + lengthSectors);
        }
    }

    /** A mirror whose log lives in memory, without features. */
    public static MirrorTable core(String uuid, long lengthSectors, long regionSizeSectors) {
        return new MirrorTable(uuid, lengthSectors, "clustered-core " + regionSizeSectors, false, false, false);
    }

    /** A mirror with a log device, without features. */
    public static MirrorTable disk(String uuid, long lengthSectors, String device, long regionSizeSectors) {
        return new MirrorTable(uuid, lengthSectors, "clustered-disk " + device + ' ' + regionSizeSectors, false,
                false, false);
    }

    /** The same with {@code integrated_flush}. */
    public MirrorTable withIntegratedFlush() {
        return new MirrorTable(uuid, lengthSectors, logArgs, true, isHandlingErrors, isKeepingLog);
    }

    /** The same with {@code handle_errors}. */
    public MirrorTable withHandleErrors() {
        return new MirrorTable(uuid, lengthSectors, logArgs, isIntegratedFlush, true, isKeepingLog);
    }

    /** The same with another word at the end of the log's arguments, such as {@code nosync}. */
    public MirrorTable withOption(String word) {
        return new MirrorTable(uuid, lengthSectors, logArgs + ' ' + word, isIntegratedFlush, isHandlingErrors,
                isKeepingLog);
    }

    /** The constructor string, without NUL. */
    public String constructorString() {
        return lengthSectors + " " + logArgs;
    }

    /** The log device of a disk log, as written in the table; null for other logs. */
    String logDevice() {
        String[] words = logArgs.split(" ");
        return words.length > 1 && words[0].equals("clustered-disk") ? words[1] : null;
    }
}
