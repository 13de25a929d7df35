package org.mirrorlog.emulator;

/** What the load generator times. */
enum LoadStep {
    CYCLE("whole cycle"),
    PERMITTED("until data may go out"),
    IN_SYNC("IN_SYNC"),
    MARK("MARK_REGION"),
    FLUSH_MARKS("FLUSH after marks"),
    CLEAR("CLEAR_REGION"),
    FLUSH_CLEARS("FLUSH after clears"),
    GET_RESYNC_WORK("GET_RESYNC_WORK"),
    SET_REGION_SYNC("SET_REGION_SYNC"),
    GET_SYNC_COUNT("GET_SYNC_COUNT");

    private final String words;

    LoadStep(String words) {
        this.words = words;
    }

    /** For the table. */
    String words() {
        return words;
    }
}
