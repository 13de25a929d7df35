package org.mirrorlog.journal;

/** There is no room for the write; nothing was written, and writes work again when there is room. */
public final class JournalFullException extends JournalException {

    private static final long serialVersionUID = 1L;

    JournalFullException(String directory, Throwable cause) {
        super("no space left for the journal in " + directory + ": free some space; writes then go on by themselves",
                cause);
    }
}
