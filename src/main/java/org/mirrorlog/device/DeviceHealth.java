package org.mirrorlog.device;

/** The state of a log device, with the letter of the status line. Leaves {@link #ALIVE} once and never returns. */
public enum DeviceHealth {
    /** Every write so far was taken. */
    ALIVE('A'),
    /** A write failed. */
    WRITE_FAILED('D'),
    /** The data was written, but the flush of the device's cache failed. */
    FLUSH_FAILED('F');

    private final char letter;

    DeviceHealth(char letter) {
        this.letter = letter;
    }

    /** The letter in the status line. */
    public char letter() {
        return letter;
    }
}
