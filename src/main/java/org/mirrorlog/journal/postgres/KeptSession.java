package org.mirrorlog.journal.postgres;

import java.sql.SQLException;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.JournalException;

/**
 * A session that is kept from one use to the next, and looked at before it is used after a rest: the server may have
 * become a standby meanwhile, which goes on answering what is only read. For one thread, but for {@link #now}.
 */
final class KeptSession {

    private static final long RESTED_NS = CommitHealth.IDLE_LOOK_EACH.toNanos();

    private final Connector connector;
    private final LongSupplier nanoClock;
    private volatile DatabaseSession session;
    private long usedNs;

    KeptSession(Connector connector, LongSupplier nanoClock) {
        this.connector = connector;
        this.nanoClock = nanoClock;
    }

    /** The session; null if there is none. Any thread. */
    DatabaseSession now() {
        return session;
    }

    void begin(DatabaseSession first) {
        session = first;
        used();
    }

    void open() throws SQLException, JournalException {
        begin(connector.open());
    }

    void used() {
        usedNs = nanoClock.getAsLong();
    }

    /** For how long it may rest before it is to be looked at. */
    long restNs() {
        return usedNs + RESTED_NS - nanoClock.getAsLong();
    }

    /**
     * Looks at it, if it has rested.
     *
     * @throws JournalException it is not the same session any more, or its server takes no writes
     */
    void checkRested() throws SQLException, JournalException {
        if (restNs() <= 0) {
            session.check();
            used();
        }
    }

    void close(Exception cause) {
        DatabaseSession lost = session;
        session = null;
        if (lost != null) {
            Connector.closeQuietly(lost.connection(), cause);
        }
    }
}
