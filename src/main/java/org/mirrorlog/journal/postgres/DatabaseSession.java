package org.mirrorlog.journal.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.mirrorlog.journal.JournalException;

/**
 * A connection with the session behind it. What a commit waits for is a setting of the session, so it must be the same
 * one from its first statement to its last: a pooler that hands a session on after each transaction would let commits
 * wait for less. Such a session has another backend, or lacks the mark that this one got.
 *
 * @param marker what the session is known by, given to it at its begin as setting {@code mirrorlog.session}
 * @param backend the server's process that the first transaction met
 * @param synchronousCommit what its commits wait for
 */
record DatabaseSession(Connection connection, String marker, int backend, String synchronousCommit) {

    private static final String LOOK = """
            SELECT pg_backend_pid(), coalesce(current_setting('mirrorlog.session', true), ''),
              current_setting('synchronous_commit'),
              pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'""";

    /** What one transaction found. */
    private record Met(int backend, String marker, String synchronousCommit, boolean isReadOnly) {
    }

    /** The session, as its first transaction after the mark finds it. */
    static DatabaseSession of(Connection connection, String marker, String synchronousCommit) throws SQLException {
        return new DatabaseSession(connection, marker, meet(connection).backend(), synchronousCommit);
    }

    private static Met meet(Connection connection) throws SQLException {
        try (var statement = connection.createStatement(); ResultSet row = statement.executeQuery(LOOK)) {
            row.next();
            return new Met(row.getInt(1), row.getString(2), row.getString(3), row.getBoolean(4));
        }
    }

    /**
     * Looks whether it is still the same session, and its server takes writes.
     *
     * @throws JournalException if not
     */
    void check() throws SQLException, JournalException {
        Met met = meet(connection);
        if (!marker.equals(met.marker()) || backend != met.backend()) {
            throw pooled("two transactions met server processes " + backend + " and " + met.backend());
        }
        if (!synchronousCommit.equals(met.synchronousCommit())) {
            throw pooled("synchronous_commit is " + met.synchronousCommit() + " although this session asked for "
                    + synchronousCommit);
        }
        if (met.isReadOnly()) {
            throw new JournalException("it has become a standby or read only");
        }
    }

    /** The refusal of a server behind a pooler. */
    static JournalException pooled(String seen) {
        return new JournalException("there is a pooler in between which hands sessions on between transactions ("
                + seen + "), so acknowledged appends could be lost (rule D2): connect to the server itself, or let the"
                + " pooler keep a session for each connection (pgbouncer: pool_mode = session)");
    }

    /**
     * Whether another session of the same pooler's is this one in truth: then sessions are handed on.
     *
     * @param other a connection that is open beside this one
     */
    boolean isMetBy(Connection other) throws SQLException {
        Met met = meet(other);
        return met.backend() == backend || met.marker().equals(marker);
    }
}
