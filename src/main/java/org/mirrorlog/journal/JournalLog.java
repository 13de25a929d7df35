package org.mirrorlog.journal;

/** Where the journal tells the operator something; one call is one line. Called on any thread. */
public interface JournalLog {

    void info(String line);

    void warn(String line);

    void error(String line);
}
