package org.mirrorlog.journal.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;

/**
 * Whether a server keeps what it acknowledges (rule D2), and which journal it holds (rule D21). A server that would
 * lose acknowledged appends by itself is refused; one that may lose them in a failover, which the server cannot know
 * of, is warned of. Thread safe.
 */
final class ServerCheck {

    private static final int SCHEMA_VERSION = 1;
    private static final int LEAST_VERSION = 130_000;
    private static final int TABLES = 5;

    private static final String STATE = """
            SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
              current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on',
              current_setting('synchronous_commit'),
              current_setting('synchronous_standby_names'), current_setting('server_version_num')::int,
              (SELECT count(*) FROM pg_stat_replication),
              (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'mirrorlog' AND c.relkind IN ('r', 'p')
                AND c.relname IN ('journal', 'heads', 'deletions', 'events', 'snapshots')),
              (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'mirrorlog' AND c.relpersistence <> 'p')""";

    private final PostgresSettings settings;
    private final JournalLog log;
    private final AtomicReference<List<String>> told = new AtomicReference<>(List.of());

    ServerCheck(PostgresSettings settings, JournalLog log) {
        this.settings = settings;
        this.log = log;
    }

    private record State(boolean isStandby, boolean isReadOnly, boolean isForced, boolean hasFullPages, String commit,
            String standbys, int version, long replicas, long tables, long unlogged) {
    }

    /**
     * Checks the server at the other end.
     *
     * @return the journal it holds
     * @throws JournalException if it must not be used
     */
    JournalId check(Connection connection) throws SQLException, JournalException {
        State state = read(connection);
        refuse(state);
        List<String> warnings = warnings(state);
        if (!told.getAndSet(warnings).equals(warnings)) {
            warnings.forEach(warning -> log.warn("journal at " + settings.server() + ": " + warning));
        }
        return identity(connection);
    }

    private static State read(Connection connection) throws SQLException {
        try (var statement = connection.createStatement(); ResultSet row = statement.executeQuery(STATE)) {
            row.next();
            return new State(row.getBoolean(1), row.getBoolean(2), row.getBoolean(3), row.getBoolean(4),
                    row.getString(5),
                    row.getString(6), row.getInt(7), row.getLong(8), row.getLong(9), row.getLong(10));
        }
    }

    private void refuse(State state) throws JournalException {
        if (state.version() < LEAST_VERSION) {
            throw refusal("it has version " + state.version() + "; needed is " + LEAST_VERSION + " or later");
        }
        if (state.isStandby() || state.isReadOnly()) {
            throw refusal("it is a standby or read only; name the primary in " + PostgresSettings.PATH + ".url, or all"
                    + " servers with targetServerType=primary");
        }
        if (state.tables() < TABLES) {
            throw refusal("its database has no tables for the journal: run deploy/postgresql/schema.sql there");
        }
        if (state.unlogged() > 0) {
            throw refusal("tables of schema mirrorlog are UNLOGGED, so a crash empties them (rule D2): ALTER TABLE ..."
                    + " SET LOGGED");
        }
        if (!state.commit().equals(settings.synchronousCommit())) {
            throw refusal("synchronous_commit is " + state.commit() + " although this session asked for "
                    + settings.synchronousCommit() + " (rule D2): is there a pooler in between? Connect without it");
        }
        if (!state.isForced() && !settings.isUnsafeServerAccepted()) {
            throw refusal("it runs with fsync = off and loses acknowledged appends when the machine crashes (rule D2):"
                    + " set fsync = on, or, for trials without real data, " + PostgresSettings.PATH
                    + ".accept-unsafe-server = on");
        }
    }

    private List<String> warnings(State state) {
        List<String> warnings = new ArrayList<>();
        if (!state.isForced()) {
            warnings.add("UNSAFE: fsync = off loses acknowledged appends when the machine crashes (rule D2)");
        }
        if (!state.hasFullPages()) {
            warnings.add("full_page_writes = off: safe only on a file system that never tears a page");
        }
        if (state.replicas() > 0 && (state.standbys().isBlank() || state.commit().equals("local"))) {
            warnings.add("UNSAFE AFTER A FAILOVER: " + state.replicas() + " replication connection(s), but a commit"
                    + " waits for none of them; promoting one loses acknowledged appends (rule D2). Set"
                    + " synchronous_standby_names and " + PostgresSettings.PATH + ".synchronous-commit = on");
        }
        if (!state.standbys().isBlank() && state.commit().equals("remote_write")) {
            warnings.add("synchronous-commit = remote_write: acknowledged appends are lost if primary and standby"
                    + " machines crash together");
        }
        return warnings;
    }

    private JournalId identity(Connection connection) throws SQLException, JournalException {
        try (var statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT journal_id, schema_version FROM mirrorlog.journal")) {
            if (!row.next()) {
                throw refusal("table mirrorlog.journal is empty, so the journal has no identity: run"
                        + " deploy/postgresql/schema.sql there");
            }
            if (row.getInt(2) != SCHEMA_VERSION) {
                throw refusal("its tables have version " + row.getInt(2) + "; this program knows version "
                        + SCHEMA_VERSION);
            }
            UUID id = row.getObject(1, UUID.class);
            return new JournalId(id.getMostSignificantBits(), id.getLeastSignificantBits());
        }
    }

    private JournalException refusal(String why) {
        return new JournalException("journal at " + settings.server() + " is refused: " + why);
    }
}
