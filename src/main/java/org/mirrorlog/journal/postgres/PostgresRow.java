package org.mirrorlog.journal.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.journal.ClusterRow;

/**
 * The row {@code cluster} of {@code mirrorlog.leases}. A writing whose answer got lost may be done a second time: it
 * then finds that the row is not as it was seen, and the text tells who wrote it.
 */
class PostgresRow implements ClusterRow {
    private static final String STAMP = "(extract(epoch from until) * 1000000)::bigint";
    private static final String READ = "SELECT holder, " + STAMP
            + ", (extract(epoch from until - now()) * 1000)::bigint FROM mirrorlog.leases WHERE name = 'cluster'";
    private static final String INSERT = "INSERT INTO mirrorlog.leases (name, holder, until)"
            + " VALUES ('cluster', ?, now() + ? * interval '1 millisecond') ON CONFLICT (name) DO NOTHING";
    private static final String RENEW = "UPDATE mirrorlog.leases SET holder = ?, until = now() + ? * interval"
            + " '1 millisecond' WHERE name = 'cluster' AND holder = ? AND " + STAMP + " = ?";
    private static final String CHANGE = "UPDATE mirrorlog.leases SET holder = ? WHERE name = 'cluster' AND holder = ?"
            + " AND " + STAMP + " = ?";

    private final Background background;

    PostgresRow(Background background) {
        this.background = background;
    }

    @Override
    public String where() {
        return "row cluster of table mirrorlog.leases";
    }

    @Override
    public CompletionStage<Seen> read() {
        return background.submit("reading who serves (mirrorlog.leases)", PostgresRow::seen);
    }

    @Override
    public CompletionStage<Seen> replace(Seen seen, String text, Optional<Duration> living) {
        return background.submit("writing who serves (mirrorlog.leases)", connection -> {
            write(connection, seen, text, living);
            return seen(connection);
        });
    }

    private static Seen seen(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? new Seen(Optional.of(row.getString(1)), row.getLong(2),
                    Duration.ofMillis(row.getLong(3))) : Seen.NOTHING;
        }
    }

    private static void write(Connection connection, Seen seen, String text, Optional<Duration> living)
            throws SQLException {
        String sql = seen.text().isEmpty() ? INSERT : living.isPresent() ? RENEW : CHANGE;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int next = 1;
            statement.setString(next++, text);
            if (seen.text().isEmpty() || living.isPresent()) {
                statement.setLong(next++, living.orElse(Duration.ZERO).toMillis());
            }
            if (seen.text().isPresent()) {
                statement.setString(next++, seen.text().get());
                statement.setLong(next, seen.stamp());
            }
            statement.executeUpdate();
        }
    }

    /** With connections of its own. */
    static final class Own extends PostgresRow implements Opened {
        private final Background background;
        private final String place;

        Own(Background background, String place) {
            super(background);
            this.background = background;
            this.place = place;
        }

        @Override
        public String place() {
            return place;
        }

        @Override
        public void close() {
            background.close();
        }
    }
}
