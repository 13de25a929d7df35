package org.mirrorlog.emulator;

/** What one cycle of the load generator asks. */
enum LoadScenario {
    /** One IN_SYNC, as for every read. */
    READS("reads", "one IN_SYNC per read"),
    /** A write to a region that nobody holds marked, up to its clear. */
    COLD("cold", "isolated write, each to a fresh region"),
    /** A write to the region that was written last, up to its clear. */
    HOT("hot", "isolated write, always to the same region"),
    /** The recovery of one region. */
    RESYNC("resync", "recovery of one region, without its copy");

    private final String word;
    private final String meaning;

    LoadScenario(String word, String meaning) {
        this.word = word;
        this.meaning = meaning;
    }

    /** The word on the command line and in reports. */
    String word() {
        return word;
    }

    /** For the help. */
    String meaning() {
        return meaning;
    }
}
