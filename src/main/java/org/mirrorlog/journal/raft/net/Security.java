package org.mirrorlog.journal.raft.net;

import java.io.IOException;
import java.net.Socket;
import java.util.function.Predicate;

/** What makes the other end of a connection known. */
@FunctionalInterface
public interface Security {

    /** Whoever is there is believed: for loopback, and networks that nobody else reaches. */
    Security NONE = (plain, isDialer) -> new Secured(plain, host -> true);

    /**
     * A connection whose other end has shown who it is.
     *
     * @param isAt whether it may speak for a host
     */
    record Secured(Socket socket, Predicate<String> isAt) {
    }

    /**
     * Secures a connection; waits no longer for single bytes than the socket's timeout says.
     *
     * @param isDialer whether this side has made the connection
     * @throws IOException the other end is not trusted, or speaks otherwise
     */
    Secured secure(Socket plain, boolean isDialer) throws IOException;
}
