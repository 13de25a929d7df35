package org.mirrorlog.journal.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;
import org.postgresql.Driver;
import org.postgresql.PGConnection;

/** Makes connections to the one journal, each checked before it is used. Thread safe. */
final class Connector {

    /** What this connection was told, before it is used for anything. */
    private static final String SESSION = "SET synchronous_commit = %s; SET search_path = pg_catalog;"
            + " SET client_min_messages = warning;"
            // Statements are few and their plans are known: looked up by key, never planned again.
            + " SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;"
            + " SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";
    private static final String MARK = "SELECT set_config('mirrorlog.session', gen_random_uuid()::text, false)";
    private static final int POOLER_TRIALS = 4;

    private final PostgresSettings settings;
    private final ServerCheck check;
    private final Driver driver = new Driver();
    private final AtomicReference<JournalId> known;

    Connector(PostgresSettings settings, JournalLog log) {
        this(settings, new ServerCheck(settings, log), new AtomicReference<>());
    }

    private Connector(PostgresSettings settings, ServerCheck check, AtomicReference<JournalId> known) {
        this.settings = settings;
        this.check = check;
        this.known = known;
    }

    /** To the same journal, for the cluster's row. */
    Connector ofRow() {
        return new Connector(settings.ofRow(), check, known);
    }

    PostgresSettings settings() {
        return settings;
    }

    /** For log lines. */
    String serverName() {
        return settings.server().name();
    }

    /** Of what is done with its connections. */
    CommitHealth health(PostgresSettings.Bounds bounds, JournalLog log, LongSupplier nanoClock) {
        return new CommitHealth(new CommitHealth.Names("journal at " + serverName(), "has not answered a commit"),
                new CommitHealth.Bounds(bounds.stalledAfter(), bounds.stalledAfter(), bounds.longestDelay()), log,
                nanoClock);
    }

    /** The journal that the first connection found; null before. */
    JournalId id() {
        return known.get();
    }

    /**
     * Connects, with autocommit.
     *
     * @throws SQLException if that fails
     * @throws JournalException if the server must not be used, saying why and what to do
     */
    DatabaseSession open() throws SQLException, JournalException {
        Connection connection = connect();
        try {
            DatabaseSession session = DatabaseSession.of(connection, setUp(connection), settings.synchronousCommit());
            refusePooler(session);
            checkSame(check.check(connection));
            session.check();
            return session;
        } catch (SQLException e) {
            closeQuietly(connection, e);
            if (SqlErrors.isOfAnotherSession(e)) {
                throw refusal(DatabaseSession.pooled(SqlErrors.reason(e)));
            }
            throw e;
        } catch (JournalException | RuntimeException e) {
            closeQuietly(connection, e);
            throw e;
        }
    }

    private Connection connect() throws SQLException, JournalException {
        Connection connection = driver.connect(settings.server().url(), properties());
        if (connection == null) {
            throw new JournalException(PostgresSettings.PATH + ".url is " + settings.server().name()
                    + ", which is not a JDBC URL of PostgreSQL");
        }
        return connection;
    }

    /** Returns the mark of the session. */
    private String setUp(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(String.format(SESSION, settings.synchronousCommit()));
            try (ResultSet row = statement.executeQuery(MARK)) {
                row.next();
                return row.getString(1);
            }
        }
    }

    /**
     * A server tells each connection which of its processes serves it; where that is not the one that does, a pooler
     * answered. One that keeps a session for each connection does no harm. Any other gives the one session that is free
     * to whoever asks next.
     */
    private void refusePooler(DatabaseSession session) throws SQLException, JournalException {
        if (session.connection().unwrap(PGConnection.class).getBackendPID() == session.backend()) {
            return;
        }
        Optional<Connection> other = beside();
        try {
            for (int i = 0; i < POOLER_TRIALS && other.isPresent(); i++) {
                session.check();
                if (session.isMetBy(other.get())) {
                    throw DatabaseSession.pooled("two connections met server process " + session.backend());
                }
            }
        } catch (JournalException e) {
            throw refusal(e);
        } finally {
            if (other.isPresent()) {
                other.get().close();
            }
        }
    }

    private JournalException refusal(JournalException why) {
        return new JournalException("journal at " + serverName() + " is refused: " + why.getMessage(), why);
    }

    /** A second connection; none where the pooler has no session left, which proves nothing. */
    private Optional<Connection> beside() throws JournalException {
        try {
            return Optional.of(connect());
        } catch (SQLException e) {
            return Optional.empty();
        }
    }

    private void checkSame(JournalId id) throws JournalException {
        known.compareAndSet(null, id);
        if (!known.get().equals(id)) {
            throw new JournalException("the journal at " + serverName() + " is " + id + ", but this daemon started"
                    + " with "
                    + known.get() + " (rule D21): bring that one back, or stop the daemon and let the logs be adopted");
        }
    }

    private Properties properties() throws JournalException {
        PostgresSettings.Server server = settings.server();
        Properties properties = new Properties();
        properties.setProperty("user", server.user());
        String password = password(settings);
        if (!password.isEmpty()) {
            properties.setProperty("password", password);
        }
        properties.setProperty("ApplicationName", "mirrorlogd");
        properties.setProperty("connectTimeout", Long.toString(server.connectTimeout().toSeconds()));
        properties.setProperty("loginTimeout", Long.toString(server.connectTimeout().toSeconds()));
        properties.setProperty("socketTimeout", Long.toString(server.answerTimeout().toSeconds()));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("prepareThreshold", "1");
        // Error texts must not quote rows: they go to the log.
        properties.setProperty("logServerErrorDetail", "false");
        return properties;
    }

    /** The password, from its file if there is one; empty if none is set. */
    static String password(PostgresSettings settings) throws JournalException {
        String file = settings.server().passwordFile();
        if (file.isEmpty()) {
            return settings.server().password();
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new JournalException(PostgresSettings.PATH + ".password-file " + file + " cannot be read (" + e
                    + ")", e);
        }
    }

    /** Closes a connection that is of no use any more; a failure of that is added to what made it useless. */
    static void closeQuietly(Connection connection, Exception cause) {
        try {
            connection.close();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}
