package org.mirrorlog.daemon;

import org.mirrorlog.process.StartWatch;
import org.mirrorlog.settings.Settings;

/** The places that a start reads and writes, by the names that their settings have for people. */
record StartPlaces(StartWatch watch, Settings settings, KernelLink link) {
    private static final String JOURNAL = "mirrorlog.journal.dir";

    /** What comes next may wait for the data directory. */
    void dataDir() {
        watch.at(nameOfDataDir());
    }

    /** What comes next may wait for the journal's directory. */
    void journal() {
        String elsewhere = settings.config().getString(JOURNAL);
        watch.at(elsewhere.isEmpty() ? "the journal in " + nameOfDataDir() : JOURNAL + " " + elsewhere);
    }

    /** What comes next may wait for the records of tables. */
    void records() {
        watch.at("the records of this machine's tables, " + RecordsPlace.of(link, settings.dataDir()) + " or "
                + nameOfDataDir());
    }

    /** This node is a member, of others perhaps: where a place hangs for long it leaves them. */
    void joined(Runnable leave) {
        if (!settings.cluster().isAlone()) {
            watch.joined(leave);
        }
    }

    /** What comes next waits for none of them. */
    void free() {
        watch.free();
    }

    private String nameOfDataDir() {
        return DataDir.KEY + " " + settings.dataDir();
    }
}
