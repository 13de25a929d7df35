package org.mirrorlog.journal.postgres;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalKeys;

/**
 * The keys of {@code mirrorlog.postgres}; mirrorlog-postgres.conf says what they mean.
 *
 * @param synchronousCommit what a commit waits for, in PostgreSQL's word
 */
record PostgresSettings(Server server, String synchronousCommit, boolean isUnsafeServerAccepted, int connections,
        Bounds bounds) {

    static final String PATH = "mirrorlog.postgres";

    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final String URL_PREFIX = "jdbc:postgresql:";
    private static final String ANSWER = PATH + ".answer-timeout";
    private static final String CONNECT = PATH + ".connect-timeout";
    private static final String FIXED = "this program";
    /**
     * What the connector gives the driver, and who says it. The driver would believe the URL instead: the row of the
     * cluster, for one, would wait for as long as it says there. When statements are prepared it may say: that changes
     * what a write costs, not what it means.
     */
    private static final Map<String, String> SAID_ELSEWHERE = Map.of("socketTimeout", ANSWER, "connectTimeout",
            CONNECT, "loginTimeout", CONNECT, "tcpKeepAlive", FIXED, "logServerErrorDetail", FIXED);

    /** For the cluster's row, which has a connection of its own and no time. */
    PostgresSettings ofRow() {
        Server late = server;
        Server quick = new Server(late.url(), late.user(), late.password(), late.passwordFile(),
                least(late.connectTimeout(), ClusterRow.LONGEST_CONNECT),
                least(late.answerTimeout(), ClusterRow.LONGEST_ANSWER));
        Bounds often = new Bounds(bounds.groupBytes(), bounds.queueBytes(), bounds.startWithin(), bounds.holdFor(),
                least(bounds.longestDelay(), ClusterRow.LONGEST_PAUSE), bounds.stalledAfter());
        return new PostgresSettings(quick, synchronousCommit, isUnsafeServerAccepted, 1, often);
    }

    private static Stream<String> parameters(String url) {
        int begin = url.indexOf('?');
        return begin < 0 ? Stream.empty() : Stream.of(url.substring(begin + 1).split("&"));
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Where the server is and how it is spoken to. */
    record Server(String url, String user, String password, String passwordFile, Duration connectTimeout,
            Duration answerTimeout) {

        /** For log lines: the URL without parameters, which may hold secrets. */
        String name() {
            int parameters = url.indexOf('?');
            return (parameters < 0 ? url : url.substring(0, parameters)).substring("jdbc:".length());
        }

        @Override
        public String toString() {
            return name();
        }
    }

    /** How much may wait, and for how long. */
    record Bounds(int groupBytes, long queueBytes, Duration startWithin, Duration holdFor, Duration longestDelay,
            Duration stalledAfter) {
    }

    /**
     * Reads the whole configuration.
     *
     * @throws JournalException naming every bad key with its value, what is allowed and where it was set
     */
    static PostgresSettings read(Config root) throws JournalException {
        JournalKeys in = new JournalKeys(root, PATH);
        Duration second = Duration.ofSeconds(1);
        Duration tenMinutes = Duration.ofMinutes(10);
        String url = in.text("url", "a JDBC URL, " + URL_PREFIX + "//host:port/database");
        if (!url.isBlank() && !url.startsWith(URL_PREFIX)) {
            in.refuse("url", "a JDBC URL, " + URL_PREFIX + "//host:port/database");
        }
        parameters(url).map(parameter -> parameter.replaceFirst("=.*", "")).filter(SAID_ELSEWHERE::containsKey)
                .forEach(name -> in.refuse("url", url.substring(0, url.indexOf('?')) + "?...",
                        "a JDBC URL without " + name + ", for " + SAID_ELSEWHERE.get(name) + " says that"));
        String password = in.optionalText("password");
        String passwordFile = in.optionalText("password-file");
        if (!password.isEmpty() && !passwordFile.isEmpty()) {
            in.refuse("password-file", "\"\" where password is set");
        }
        Server server = new Server(url, in.text("user", "the name of a role"), password, passwordFile,
                in.duration("connect-timeout", second, Duration.ofMinutes(1)),
                in.duration("answer-timeout", second, tenMinutes));
        String synchronousCommit = in.word("synchronous-commit", List.of("on", "remote_apply", "remote_write",
                "local"));
        boolean isUnsafeServerAccepted = in.flag("accept-unsafe-server");
        int connections = (int) in.number("connections", 1, 16);
        int groupBytes = (int) in.bytes("max-group-bytes", 64 * KIB, 64 * MIB);
        Bounds bounds = new Bounds(groupBytes, in.bytes("max-queue-bytes", groupBytes, 1024 * MIB),
                in.duration("start-within", second, tenMinutes), in.duration("hold-for", second, tenMinutes),
                in.duration("longest-reconnect-delay", second, Duration.ofMinutes(1)),
                in.duration("stalled-after", second, tenMinutes));
        if (server.answerTimeout().compareTo(bounds.holdFor()) >= 0) {
            in.refuse("answer-timeout", "less than hold-for");
        }
        in.check();
        return new PostgresSettings(server, synchronousCommit, isUnsafeServerAccepted, connections, bounds);
    }
}
