package org.mirrorlog.journal.postgres;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.LostHistoryException;
import org.mirrorlog.journal.SnapshotCodec;
import org.mirrorlog.journal.SnapshotRange;

/**
 * Snapshots in table {@code mirrorlog.snapshots}: the same bytes, with checksum, as the embedded store keeps in files.
 */
final class SnapshotRows {

    private static final String SAVE = """
            INSERT INTO mirrorlog.snapshots (persistence_id, sequence_nr, created_ms, snapshot) VALUES (?, ?, ?, ?)
            ON CONFLICT (persistence_id, sequence_nr)
            DO UPDATE SET created_ms = excluded.created_ms, snapshot = excluded.snapshot""";

    private static final String WANTED =
            " FROM mirrorlog.snapshots WHERE persistence_id = ? AND sequence_nr BETWEEN ? AND ? "
            + " AND created_ms BETWEEN ? AND ? AND sequence_nr >= 0";

    private static final String LIST = "SELECT sequence_nr" + WANTED + " ORDER BY sequence_nr DESC";

    /** One moment's view: a snapshot is saved after its events, so none of a whole history is above its head. */
    private static final String ABOVE = """
            SELECT s.sequence_nr, coalesce(h.head, 0), s.snapshot FROM mirrorlog.snapshots s
            LEFT JOIN mirrorlog.heads h ON h.persistence_id = s.persistence_id
            WHERE s.persistence_id = ? AND s.sequence_nr > coalesce(h.head, 0)""";

    /** Under its negative number nobody looks for it. */
    private static final String SET_ASIDE = """
            WITH gone AS (
              DELETE FROM mirrorlog.snapshots WHERE persistence_id = ? AND sequence_nr = ?
              RETURNING persistence_id, sequence_nr, created_ms, snapshot
            )
            INSERT INTO mirrorlog.snapshots AS s (persistence_id, sequence_nr, created_ms, snapshot)
            SELECT persistence_id, -sequence_nr, created_ms, snapshot FROM gone
            ON CONFLICT (persistence_id, sequence_nr)
            DO UPDATE SET created_ms = excluded.created_ms, snapshot = excluded.snapshot""";

    private static final String LOAD =
            "SELECT snapshot FROM mirrorlog.snapshots WHERE persistence_id = ? AND sequence_nr = ?";

    private SnapshotRows() {
    }

    /** Which snapshots of a log. */
    record Wanted(String persistenceId, SnapshotRange range) {
        private void fill(PreparedStatement statement) throws SQLException {
            statement.setString(1, persistenceId);
            statement.setLong(2, range.leastSequenceNr());
            statement.setLong(3, range.mostSequenceNr());
            statement.setLong(4, range.leastTimestamp());
            statement.setLong(5, range.mostTimestamp());
        }
    }

    /** Tries to make something of a snapshot; throws if it is not usable. */
    @FunctionalInterface
    interface Reader<T> {
        T read(SnapshotCodec.Stored snapshot) throws IOException;
    }

    /** Whose snapshots are read, and by what. */
    record Source<T>(JournalId journal, Reader<T> reader, JournalLog log) {
    }

    /**
     * Saves a snapshot.
     *
     * @throws JournalException if the server does not say that the row was written: events may not be deleted then
     */
    static Void save(Connection connection, SnapshotCodec.Stored snapshot) throws SQLException, JournalException {
        try (PreparedStatement statement = connection.prepareStatement(SAVE)) {
            statement.setString(1, snapshot.persistenceId());
            statement.setLong(2, snapshot.sequenceNr());
            statement.setLong(3, snapshot.timestamp());
            statement.setBytes(4, SnapshotCodec.encode(snapshot).array());
            int rows = statement.executeUpdate();
            if (rows != 1) {
                throw new JournalException("the server says that it wrote " + rows + " rows of it, not 1");
            }
        }
        return null;
    }

    /**
     * The newest snapshot that is wanted and usable; null if there is none. One that is damaged or unreadable is
     * skipped with a line in the log; whether an older one will do is for the journal to say, which knows what is
     * deleted. One of another journal, or above the head without the name of one, is set aside under its negative
     * number. One of a log above the head that names this journal proves that the journal has lost its end: it stays,
     * and the replay behind it fails.
     *
     * @throws LostHistoryException if one proves that, of which nothing can be made
     */
    static <T> T load(Connection connection, Wanted wanted, Source<T> source)
            throws SQLException, LostHistoryException {
        JournalLog log = source.log();
        Map<Long, Long> proofs = setAsideAbove(connection, wanted.persistenceId(), source);
        for (long sequenceNr : list(connection, wanted)) {
            byte[] bytes = bytes(connection, wanted.persistenceId(), sequenceNr);
            if (bytes == null) {
                continue;
            }
            try {
                SnapshotCodec.Stored stored = SnapshotCodec.decode(bytes);
                if (!stored.persistenceId().equals(wanted.persistenceId()) || stored.sequenceNr() != sequenceNr) {
                    throw new JournalException("it holds snapshot " + stored.sequenceNr() + " of "
                            + stored.persistenceId() + ", not the one its row says");
                }
                if (stored.isForeignTo(source.journal())) {
                    setAside(connection, wanted.persistenceId(), sequenceNr);
                    log.warn("snapshot " + sequenceNr + " of " + wanted.persistenceId() + " is of journal "
                            + stored.journal() + ", not of this one, " + source.journal()
                            + ": it is not used, and set aside as " + -sequenceNr);
                    continue;
                }
                return source.reader().read(stored);
            } catch (IOException | RuntimeException e) {
                log.warn("snapshot " + sequenceNr + " of " + wanted.persistenceId() + " is skipped: "
                        + (e instanceof JournalException ? e.getMessage() : e));
                if (proofs.containsKey(sequenceNr)) {
                    throw LostHistoryException.end(wanted.persistenceId(), proofs.get(sequenceNr), sequenceNr);
                }
            }
        }
        return null;
    }

    /** Returns the others, which prove that something is lost, each with the head that it is above. */
    private static Map<Long, Long> setAsideAbove(Connection connection, String persistenceId, Source<?> source)
            throws SQLException {
        Map<Long, Long> above = new TreeMap<>();
        Map<Long, Long> proofs = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement(ABOVE)) {
            statement.setString(1, persistenceId);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    (isProof(rows.getBytes(3), source) ? proofs : above).put(rows.getLong(1), rows.getLong(2));
                }
            }
        }
        for (Map.Entry<Long, Long> one : above.entrySet()) {
            setAside(connection, persistenceId, one.getKey());
            source.log().warn("snapshot " + one.getKey() + " of " + persistenceId + " is above the head of its log, "
                    + one.getValue() + ": the tables were restored in parts. It is not used, and set aside as "
                    + -one.getKey());
        }
        return proofs;
    }

    private static boolean isProof(byte[] bytes, Source<?> source) {
        try {
            return SnapshotCodec.decode(bytes).provesLoss(source.journal());
        } catch (JournalException | RuntimeException e) {
            return false; // damaged as well: it goes all the same
        }
    }

    private static void setAside(Connection connection, String persistenceId, long sequenceNr) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SET_ASIDE)) {
            statement.setString(1, persistenceId);
            statement.setLong(2, sequenceNr);
            statement.executeUpdate();
        }
    }

    private static List<Long> list(Connection connection, Wanted wanted) throws SQLException {
        List<Long> sequenceNrs = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            wanted.fill(statement);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    sequenceNrs.add(rows.getLong(1));
                }
            }
        }
        return sequenceNrs;
    }

    /** Null if it is deleted meanwhile. */
    private static byte[] bytes(Connection connection, String persistenceId, long sequenceNr) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOAD)) {
            statement.setString(1, persistenceId);
            statement.setLong(2, sequenceNr);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getBytes(1) : null;
            }
        }
    }

    /** Deletes the snapshots that are wanted gone, damaged or not. */
    static Void delete(Connection connection, Wanted wanted) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE" + WANTED)) {
            wanted.fill(statement);
            statement.executeUpdate();
        }
        return null;
    }
}
