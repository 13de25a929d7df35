package org.mirrorlog.journal.postgres;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;

/** What an error of the server or the connection means. */
final class SqlErrors {

    private SqlErrors() {
    }

    /** One line: what the server or the driver says, and its code. */
    static String reason(SQLException e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        Throwable cause = e.getCause();
        String because = cause == null || cause.getMessage() == null || text.contains(cause.getMessage())
                ? "" : ": " + cause.getMessage();
        return text.strip().replaceAll("\\s*\\R\\s*", " ") + because.replaceAll("\\s*\\R\\s*", " ")
                + (e.getSQLState() == null ? "" : " [" + e.getSQLState() + "]");
    }

    /**
     * Whether nothing is known about what the server did: the error is not the server's answer to the statement. Then
     * the connection must not be used again.
     */
    static boolean isConnectionLost(SQLException e) {
        String state = e.getSQLState();
        boolean isAnswered = e instanceof PSQLException answer && answer.getServerErrorMessage() != null;
        return !isAnswered || state == null || state.startsWith("08") || state.startsWith("57P");
    }

    /** Whether the statement was undone because of what others did at the time; the same again may succeed. */
    static boolean isTransient(SQLException e) {
        return e.getSQLState() != null && e.getSQLState().startsWith("40");
    }

    /**
     * Whether a statement that was prepared here is not there, or one that was not is: the driver never says so of the
     * session that it had before.
     */
    static boolean isOfAnotherSession(SQLException e) {
        return "42P05".equals(e.getSQLState()) || "26000".equals(e.getSQLState());
    }

    /** Whether another connection may lead to a server, or a session, that does it: this one is a standby, say. */
    static boolean isOfThisSession(SQLException e) {
        return e.getSQLState() != null && e.getSQLState().startsWith("25") || isOfAnotherSession(e);
    }

    /** Whether every other statement would fail alike: no space, no permission, no table, a standby. */
    static boolean isForEveryStatement(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("53") || state.startsWith("42") || state.startsWith("25")
                || state.startsWith("57") || state.startsWith("58") || state.startsWith("3"));
    }

    /**
     * Whether waiting will not help at a start: wrong name or password, no password (the driver's 08004), no such
     * database, no table.
     */
    static boolean needsTheOperator(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("28") || state.startsWith("3") || state.startsWith("42")
                || state.equals("08004"));
    }
}
