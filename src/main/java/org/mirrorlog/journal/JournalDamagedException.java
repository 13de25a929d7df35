package org.mirrorlog.journal;

/** The journal's files are not as they were written, at a place where no power failure explains it. */
public final class JournalDamagedException extends JournalException {

    private static final long serialVersionUID = 1L;

    JournalDamagedException(String directory, String file, long offsetBytes, String what) {
        super("journal file " + directory + "/" + file + " is damaged at offset " + offsetBytes + ": " + what
                + ". Nothing was changed. Check the storage, then restore the whole directory from a copy, or move it"
                + " away and let the logs be adopted (mirrorlog.adopt: all regions dirty)");
    }
}
