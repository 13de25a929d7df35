package org.mirrorlog.journal.postgres;

import java.sql.SQLException;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.JournalException;

/**
 * The writer's session, which is left as soon as it is of no use: another connection may lead to another server. For
 * the writer thread, but for {@link #now}.
 */
final class WriterSession {

    private final CommitHealth health;
    private final KeptSession session;
    /** The server refused to commit, so that a connection alone is no proof that it commits again. */
    private boolean isCommitRefused;

    WriterSession(Connector connector, CommitHealth health, LongSupplier nanoClock) {
        this.health = health;
        this.session = new KeptSession(connector, nanoClock);
    }

    void begin(DatabaseSession first) {
        session.begin(first);
    }

    /** The session; null if there is none. Any thread. */
    DatabaseSession now() {
        return session.now();
    }

    void used() {
        session.used();
    }

    /** For how long nobody need look at it. */
    long restNs() {
        return session.restNs();
    }

    /** Whether there is a session to use; connects if there is none, and looks at one that has rested. */
    boolean isThere() {
        health.began();
        try {
            if (now() != null) {
                session.checkRested();
            } else {
                session.open();
                if (!isCommitRefused) {
                    health.succeeded();
                }
            }
            return true;
        } catch (SQLException e) {
            leave(SqlErrors.reason(e), e);
        } catch (JournalException e) {
            leave(e.getMessage(), e);
        } finally {
            health.ended();
        }
        return false;
    }

    /** Finds out whether commits are possible again, if one was refused. */
    void tryOut() {
        if (!isCommitRefused) {
            return;
        }
        health.began();
        try {
            AppendStatement.tryOut(now());
            committed();
        } catch (SQLException e) {
            leave(SqlErrors.reason(e), e);
        } finally {
            health.ended();
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
        return now() == null && isCommitRefused;
    }

    /** It is of no use any more. */
    void leave(String why, Exception cause) {
        close(cause);
        health.failed(why);
    }

    void close(Exception cause) {
        session.close(cause);
    }
}
