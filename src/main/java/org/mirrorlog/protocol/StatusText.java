package org.mirrorlog.protocol;

import org.mirrorlog.protocol.LogSpec.LogType;

/**
 * The texts of STATUS_INFO and STATUS_TABLE, byte for byte what the tools parse; {@link Reply#text} sends them without
 * NUL. Pure functions; any thread.
 */
public final class StatusText {
    /** State of a log device, with the letter the tools know. */
    public enum Health {
        /** Written and flushed. */
        ALIVE('A'),
        /** Could not be read or written. */
        DEAD('D'),
        /** Was written, but its cache could not be flushed; goes before {@link #DEAD} where both hold. */
        FLUSH_FAILED('F');

        private final char letter;

        Health(char letter) {
            this.letter = letter;
        }

        /** The letter in the status line. */
        public char letter() {
            return letter;
        }
    }

    private StatusText() { }

    /** STATUS_INFO of a core log: {@code 1 clustered-core}. */
    public static String coreInfo() {
        return "1 " + LogType.CORE.word();
    }

    /**
     * STATUS_INFO of a disk log, with the numbers of the opened log device: {@code 3 clustered-disk 254:3 A}.
     *
     * @param word {@code clustered-disk}, or {@code disk}, which is the only one that dmeventd knows
     */
    public static String diskInfo(String word, int major, int minor, Health health) {
        return "3 " + word + ' ' + major + ':' + minor + ' ' + health.letter();
    }

    /** STATUS_TABLE of a core log, its blanks included: {@code "clustered-core 1024 nosync  "}. */
    public static String coreTable(LogSpec spec) {
        requireType(spec, LogType.CORE);
        return LogType.CORE.word() + ' ' + arguments(spec);
    }

    /** STATUS_TABLE of a disk log, with the numbers of the opened log device: {@code "clustered-disk 254:3 1024  "}. */
    public static String diskTable(LogSpec spec, int major, int minor) {
        requireType(spec, LogType.DISK);
        return LogType.DISK.word() + ' ' + major + ':' + minor + ' ' + arguments(spec);
    }

    private static String arguments(LogSpec spec) {
        return spec.regionSizeSectors() + " " + syncWord(spec) + (spec.isBlockOnError() ? "block_on_error" : "") + ' ';
    }

    private static String syncWord(LogSpec spec) {
        switch (spec.sync()) {
            case SYNC: return "sync ";
            case NOSYNC: return "nosync ";
            default: return "";
        }
    }

    private static void requireType(LogSpec spec, LogType type) {
        if (spec.type() != type) {
            throw new IllegalArgumentException("not a " + type.word() + " log: " + spec);
        }
    }
}
