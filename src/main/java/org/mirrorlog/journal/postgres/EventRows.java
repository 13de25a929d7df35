package org.mirrorlog.journal.postgres;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.mirrorlog.journal.LostHistoryException;

/** Reads and deletes the events of one log. Stateless. */
final class EventRows {

    private static final int ROWS_AT_A_TIME = 64;

    private static final String HEAD = """
            SELECT h.head, h.writer, coalesce(d.deleted_to, 0) FROM mirrorlog.heads h
            LEFT JOIN mirrorlog.deletions d ON d.persistence_id = h.persistence_id WHERE h.persistence_id = ?""";

    private static final String EVENTS = """
            SELECT sequence_nr, event FROM mirrorlog.events
            WHERE persistence_id = ? AND sequence_nr BETWEEN ? AND ? ORDER BY sequence_nr LIMIT ?""";

    private static final String REMAINS =
            "SELECT event FROM mirrorlog.events WHERE persistence_id = ? ORDER BY sequence_nr";

    private static final String WITH_EVENTS = """
            SELECT h.persistence_id, h.head FROM mirrorlog.heads h
            LEFT JOIN mirrorlog.deletions d ON d.persistence_id = h.persistence_id
            WHERE h.head > coalesce(d.deleted_to, 0)""";

    /** Both or nothing; and never the head's row, which appends lock. */
    private static final String DELETE = """
            WITH marked AS (
              INSERT INTO mirrorlog.deletions AS d (persistence_id, deleted_to)
              SELECT h.persistence_id, least(?, h.head) FROM mirrorlog.heads h WHERE h.persistence_id = ?
              ON CONFLICT (persistence_id) DO UPDATE SET deleted_to = greatest(d.deleted_to, excluded.deleted_to)
              RETURNING d.persistence_id, d.deleted_to
            )
            DELETE FROM mirrorlog.events e USING marked m
            WHERE e.persistence_id = m.persistence_id AND e.sequence_nr <= m.deleted_to""";

    private EventRows() {
    }

    /**
     * Where a log stands.
     *
     * @param sequenceNr the highest sequence number ever accepted, deleted or not; 0 if there is none
     * @param writer who appended last; empty if nobody did
     * @param deletedTo up to which sequence number events are deleted; 0 if none are
     */
    record Head(long sequenceNr, String writer, long deletedTo) {
    }

    /** What to replay. */
    record Range(long fromSequenceNr, long toSequenceNr, long max, boolean isGapRefused) {
    }

    /** Takes the events of a replay, in order. */
    @FunctionalInterface
    interface Sink {
        void accept(long sequenceNr, byte[] event);
    }

    static Head head(Connection connection, String persistenceId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HEAD)) {
            statement.setString(1, persistenceId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Head(row.getLong(1), row.getString(2), row.getLong(3)) : new Head(0, "", 0);
            }
        }
    }

    /**
     * Replays from one moment's view of the tables, so that a deletion by another owner in between leaves no hole.
     *
     * @throws LostHistoryException if events that should be there are deleted or missing
     * @throws Background.NotRepeatable if the connection was lost after the first event
     */
    static Void replay(Connection connection, String persistenceId, Range range, Sink sink)
            throws SQLException, IOException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            Head head = head(connection, persistenceId);
            if (range.isGapRefused() && range.max() > 0 && range.fromSequenceNr() <= head.deletedTo()
                    && range.fromSequenceNr() <= range.toSequenceNr()) {
                throw LostHistoryException.hole(persistenceId, range.fromSequenceNr(), head.deletedTo());
            }
            long first = Math.max(range.fromSequenceNr(), head.deletedTo() + 1);
            long last = Math.min(range.toSequenceNr(), head.sequenceNr());
            long count = Math.min(last - first + 1, range.max());
            if (count > 0) {
                read(connection, persistenceId, new Range(first, first + count - 1, count, true), sink);
            }
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException | IOException | RuntimeException e) {
            leave(connection, e);
            throw e;
        }
        return null;
    }

    /** Ends the transaction of a replay that failed. If that fails too, the connection's next use finds out. */
    private static void leave(Connection connection, Exception cause) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private static void read(Connection connection, String persistenceId, Range range, Sink sink)
            throws SQLException, IOException {
        long expected = range.fromSequenceNr();
        try (PreparedStatement statement = connection.prepareStatement(EVENTS)) {
            statement.setFetchSize(ROWS_AT_A_TIME);
            statement.setString(1, persistenceId);
            statement.setLong(2, range.fromSequenceNr());
            statement.setLong(3, range.toSequenceNr());
            statement.setLong(4, range.max());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next() && rows.getLong(1) == expected) {
                    sink.accept(expected, rows.getBytes(2));
                    expected++;
                }
            }
        } catch (SQLException e) {
            if (expected > range.fromSequenceNr()) {
                throw new Background.NotRepeatable(e);
            }
            throw e;
        }
        if (expected <= range.toSequenceNr()) {
            throw LostHistoryException.row(persistenceId, expected);
        }
    }

    /** Each event that is there, in order, whatever is missing; an event may come more than once. */
    static Void remains(Connection connection, String persistenceId, Consumer<byte[]> event) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement(REMAINS)) {
            statement.setFetchSize(ROWS_AT_A_TIME);
            statement.setString(1, persistenceId);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    event.accept(rows.getBytes(1));
                }
            }
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException | RuntimeException e) {
            leave(connection, e);
            throw e;
        }
        return null;
    }

    /** The heads of all logs whose events are not all deleted. */
    static Map<String, Long> withEvents(Connection connection) throws SQLException {
        Map<String, Long> heads = new HashMap<>();
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(WITH_EVENTS)) {
            while (rows.next()) {
                heads.put(rows.getString(1), rows.getLong(2));
            }
        }
        return heads;
    }

    /** Deletes events up to a sequence number, at most up to the head, which stays. */
    static Void delete(Connection connection, String persistenceId, long toSequenceNr) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DELETE)) {
            statement.setLong(1, toSequenceNr);
            statement.setString(2, persistenceId);
            statement.executeUpdate();
        }
        return null;
    }
}
