package org.mirrorlog.journal.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.mirrorlog.journal.AppendRefusedException;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.Outcomes;

/**
 * The one statement that appends a group (rule D1). For the writer thread.
 *
 * <p>It runs with autocommit: when the driver returns its rows, the server has said that the commit is done. Per log it
 * is all or nothing; a log that is refused changes nothing for the others.
 */
final class AppendStatement {

    private static final String CREATE_HEADS = """
            INSERT INTO mirrorlog.heads (persistence_id, head, writer)
            SELECT n.id, 0, '' FROM unnest(?::text[]) AS n (id) ORDER BY n.id
            ON CONFLICT (persistence_id) DO NOTHING""";

    /**
     * A head that another writer holds is skipped, not waited for: that append would be refused anyway. And nothing is
     * appended in another session than the one that was told what a commit waits for.
     */
    private static final String APPEND = """
            WITH asked AS MATERIALIZED (
              SELECT * FROM unnest(?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[])
                AS a (id, first_nr, last_nr, writer, seen)
            ), taken AS MATERIALIZED (
              SELECT h.persistence_id, a.first_nr, a.last_nr, a.writer
              FROM asked a JOIN mirrorlog.heads h ON h.persistence_id = a.id
              WHERE current_setting('mirrorlog.session', true) = ? AND current_setting('synchronous_commit') = ?
              AND h.head = a.first_nr - 1 AND (a.seen IS NULL OR h.writer = a.seen OR h.writer = a.writer)
              FOR UPDATE OF h SKIP LOCKED
            ), moved AS (
              UPDATE mirrorlog.heads h SET head = t.last_nr, writer = t.writer FROM taken t
              WHERE h.persistence_id = t.persistence_id AND h.head = t.first_nr - 1
              RETURNING h.persistence_id
            ), added AS (
              INSERT INTO mirrorlog.events (persistence_id, sequence_nr, event)
              SELECT e.id, e.nr, e.event FROM unnest(?::text[], ?::bigint[], ?::bytea[]) AS e (id, nr, event)
              JOIN moved m ON m.persistence_id = e.id
            )
            SELECT a.id, m.persistence_id IS NOT NULL, CASE WHEN m.persistence_id IS NULL
              THEN (SELECT h.head FROM mirrorlog.heads h WHERE h.persistence_id = a.id) END,
              coalesce(current_setting('mirrorlog.session', true), ''), current_setting('synchronous_commit'),
              pg_backend_pid()
            FROM asked a LEFT JOIN moved m ON m.persistence_id = a.id""";

    private static final String TRIAL = """
            WITH head AS (
              INSERT INTO mirrorlog.heads (persistence_id, head, writer) VALUES ('mirrorlog/trial', 0, '')
              ON CONFLICT (persistence_id) DO UPDATE SET head = heads.head
            )
            INSERT INTO mirrorlog.events (persistence_id, sequence_nr, event) VALUES ('mirrorlog/trial', 1, '')
            ON CONFLICT (persistence_id, sequence_nr) DO NOTHING""";

    private static final long FIRST = 1;

    private AppendStatement() {
    }

    /** The appends of one log in a group: they follow each other and are accepted or refused together. */
    private static final class Batch {

        private final DatabaseWrite.Append first;
        private final List<byte[]> events = new ArrayList<>();

        Batch(DatabaseWrite.Append first) {
            this.first = first;
        }

        long lastSequenceNr() {
            return first.firstSequenceNr() + events.size() - 1;
        }
    }

    /**
     * What the server says of the logs of a group.
     *
     * @param appended logs whose events are durable
     * @param refused for each log that was refused, where its head was
     */
    record Result(Set<String> appended, Map<String, Long> refused) {

        /**
         * Notes what this says of an append.
         *
         * @return whether it is durable
         */
        boolean note(DatabaseWrite.Append append, Outcomes<DatabaseWrite> outcomes) {
            Long head = refused.get(append.persistenceId());
            if (head != null) {
                outcomes.failed(append, head == append.firstSequenceNr() - 1
                        ? new AppendRefusedException(append.persistenceId(), append.firstSequenceNr(),
                                "another owner has written the events before it, or is writing now")
                        : new AppendRefusedException(append.persistenceId(), append.firstSequenceNr(), head));
            } else if (appended.contains(append.persistenceId())) {
                outcomes.done(append);
                return true;
            }
            return false;
        }
    }

    /** Whether an append can be in the same group as another one of its log before it. */
    static boolean follows(DatabaseWrite.Append earlier, DatabaseWrite.Append later) {
        return later.firstSequenceNr() == earlier.lastSequenceNr() + 1 && later.writer().equals(earlier.writer());
    }

    /**
     * Appends.
     *
     * @param group of each log at most appends that {@linkplain #follows follow} each other
     * @return what the server says of each log; of one that is missing nothing is known
     * @throws JournalException if it met another session: nothing was appended
     * @throws SQLException if the server says that nothing was appended, or if that is unknown
     *     ({@link SqlErrors#isConnectionLost})
     */
    static Result run(DatabaseSession session, List<DatabaseWrite.Append> group) throws SQLException, JournalException {
        Connection connection = session.connection();
        Map<String, Batch> batches = new LinkedHashMap<>();
        int events = 0;
        for (DatabaseWrite.Append append : group) {
            batches.computeIfAbsent(append.persistenceId(), id -> new Batch(append)).events.addAll(append.events());
            events += append.events().size();
        }
        createHeads(connection, batches.values());
        try (PreparedStatement statement = connection.prepareStatement(APPEND)) {
            connection.clearWarnings();
            fill(session, statement, batches, events);
            Result result = new Result(new HashSet<>(), new HashMap<>());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    refuseOthers(session, rows);
                    if (rows.getBoolean(2)) {
                        result.appended().add(rows.getString(1));
                    } else {
                        result.refused().put(rows.getString(1), rows.getLong(3));
                    }
                }
            }
            refuseWarnings(statement.getWarnings());
            refuseWarnings(connection.getWarnings());
            return result;
        }
    }

    /**
     * Writes what an append writes, and takes it back.
     *
     * @throws SQLException if the server refuses it
     */
    static void tryOut(DatabaseSession session) throws SQLException {
        Connection connection = session.connection();
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute(TRIAL);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static void refuseOthers(DatabaseSession session, ResultSet row) throws SQLException, JournalException {
        if (!session.marker().equals(row.getString(4)) || !session.synchronousCommit().equals(row.getString(5))) {
            throw DatabaseSession.pooled("an append met server process " + row.getInt(6) + " with synchronous_commit = "
                    + row.getString(5) + " instead of process " + session.backend());
        }
    }

    /**
     * A commit that was told to stop waiting for its standby is reported as done, with a warning: it may yet be lost.
     * So whatever comes with a warning counts as unknown.
     */
    private static void refuseWarnings(SQLWarning warning) throws SQLException {
        if (warning != null) {
            throw new SQLException("committed with a warning: " + warning.getMessage(), "08007", warning);
        }
    }

    /** A log's first append needs a row to compare with; one without events does no harm. */
    private static void createHeads(Connection connection, Collection<Batch> batches) throws SQLException {
        String[] fresh = batches.stream().filter(batch -> batch.first.firstSequenceNr() == FIRST)
                .map(batch -> batch.first.persistenceId()).toArray(String[]::new);
        if (fresh.length == 0) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(CREATE_HEADS)) {
            statement.setArray(1, connection.createArrayOf("text", fresh));
            statement.executeUpdate();
        }
    }

    private static void fill(DatabaseSession session, PreparedStatement statement, Map<String, Batch> batches,
            int events)
            throws SQLException {
        Connection connection = session.connection();
        int logs = batches.size();
        String[] ids = new String[logs];
        Long[] firsts = new Long[logs];
        Long[] lasts = new Long[logs];
        String[] writers = new String[logs];
        String[] seens = new String[logs];
        String[] eventIds = new String[events];
        Long[] eventNrs = new Long[events];
        byte[][] bytes = new byte[events][];
        int log = 0;
        int event = 0;
        for (Batch batch : batches.values()) {
            ids[log] = batch.first.persistenceId();
            firsts[log] = batch.first.firstSequenceNr();
            lasts[log] = batch.lastSequenceNr();
            writers[log] = batch.first.writer();
            seens[log] = batch.first.seenWriter();
            for (int i = 0; i < batch.events.size(); i++) {
                eventIds[event] = ids[log];
                eventNrs[event] = firsts[log] + i;
                bytes[event++] = batch.events.get(i);
            }
            log++;
        }
        statement.setArray(1, connection.createArrayOf("text", ids));
        statement.setArray(2, connection.createArrayOf("int8", firsts));
        statement.setArray(3, connection.createArrayOf("int8", lasts));
        statement.setArray(4, connection.createArrayOf("text", writers));
        statement.setArray(5, connection.createArrayOf("text", seens));
        statement.setString(6, session.marker());
        statement.setString(7, session.synchronousCommit());
        statement.setArray(8, connection.createArrayOf("text", eventIds));
        statement.setArray(9, connection.createArrayOf("int8", eventNrs));
        statement.setArray(10, connection.createArrayOf("bytea", bytes));
    }
}
