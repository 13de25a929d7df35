package org.mirrorlog.journal.postgres;

import java.sql.SQLException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.JournalException;

/**
 * The writer's session, which is left as soon as it is of no use: another connection may lead to another server. For
 * the writer thread, but for {@link #now}.
 */
final class WriterSession {

    /** A session that rested for so long is looked at before it is used: the server may have changed meanwhile. */
    private static final long RESTED_NS = Duration.ofSeconds(1).toNanos();

    private final Connector connector;
    private final CommitHealth health;
    private final LongSupplier nanoClock;
    private volatile DatabaseSession session;
    private long usedNs;
    /** The server refused to commit, so that a connection alone is no proof that it commits again. */
    private boolean isCommitRefused;

    WriterSession(Connector connector, CommitHealth health, LongSupplier nanoClock) {
        this.connector = connector;
        this.health = health;
        this.nanoClock = nanoClock;
    }

    void begin(DatabaseSession first) {
        session = first;
        used();
    }

    /** The session; null if there is none. Any thread. */
    DatabaseSession now() {
        return session;
    }

    void used() {
        usedNs = nanoClock.getAsLong();
    }

    /** Whether there is a session to use; connects if there is none, and looks at one that has rested. */
    boolean isThere() {
        try {
            if (session == null) {
                session = connector.open();
                used();
                if (!isCommitRefused) {
                    health.succeeded();
                }
            } else if (nanoClock.getAsLong() - usedNs > RESTED_NS) {
                session.check();
                used();
            }
            return true;
        } catch (SQLException e) {
            leave(SqlErrors.reason(e), e);
        } catch (JournalException e) {
            leave(e.getMessage(), e);
        }
        return false;
    }

    /** Finds out whether commits are possible again, if one was refused. */
    void tryOut() {
        if (!isCommitRefused) {
            return;
        }
        try {
            AppendStatement.tryOut(session);
            committed();
        } catch (SQLException e) {
            leave(SqlErrors.reason(e), e);
        }
    }

    /** A commit was made. */
    void committed() {
        isCommitRefused = false;
        health.succeeded();
    }

    /** The server, or what stands before it, does not commit: nothing was written. */
    void refused(String why, Exception cause) {
        isCommitRefused = true;
        leave(why, cause);
    }

    /** Whether it is gone because a commit was refused. */
    boolean isRefused() {
        return session == null && isCommitRefused;
    }

    /** It is of no use any more. */
    void leave(String why, Exception cause) {
        close(cause);
        health.failed(why);
    }

    void close(Exception cause) {
        DatabaseSession lost = session;
        session = null;
        if (lost != null) {
            Connector.closeQuietly(lost.connection(), cause);
        }
    }
}
