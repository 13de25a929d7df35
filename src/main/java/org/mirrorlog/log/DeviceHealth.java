package org.mirrorlog.log;

/** State of the log device, with the letter of the status line. */
public enum DeviceHealth {
    ALIVE('A'), WRITE_FAILED('D'), FLUSH_FAILED('F');

    private final char letter;

    DeviceHealth(char letter) {
        this.letter = letter;
    }

    /** A, D or F. */
    public char letter() {
        return letter;
    }

    public boolean isFailed() {
        return this != ALIVE;
    }

    /** The letter's meaning. */
    public static DeviceHealth ofLetter(char letter) {
        for (DeviceHealth health : values()) {
            if (health.letter == letter) {
                return health;
            }
        }
        throw new IllegalArgumentException("device health is A, D or F, not " + letter);
    }
}
