package org.mirrorlog.settings;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Who may ask this daemon, and how; see {@code mirrorlog.management} and {@code mirrorlog.operator} in
 * application.conf.
 *
 * @param names by which its endpoints may be asked for, beside those of this machine
 * @param socket where operators ask
 * @param group whose members are operators, beside root
 * @param mostMeasuredLogs how many logs have metrics of their own
 * @param tls where other machines may ask; empty: nowhere
 */
public record DoorSettings(List<String> names, Path socket, Optional<String> group, int mostMeasuredLogs,
        Optional<OverTls> tls) {
    private static final String TLS = "mirrorlog.management.tls.";
    private static final int MAX_UNIX_PATH_BYTES = 107;
    private static final String SOCKET = "mirrorlog.operator.socket";

    /**
     * Where the endpoints are shown over TLS.
     *
     * @param host address or name of this machine
     * @param port 0: any that is free
     */
    public record OverTls(String host, int port) { }

    static DoorSettings read(SettingsReader from, Path dataDir) {
        String given = from.text(SOCKET, "a path of at most " + MAX_UNIX_PATH_BYTES + " bytes",
                text -> text.indexOf(0) < 0 && path(text, dataDir).toString()
                        .getBytes(StandardCharsets.UTF_8).length <= MAX_UNIX_PATH_BYTES);
        String group = from.text("mirrorlog.operator.group", "the name of a group",
                text -> text.matches("[A-Za-z0-9._-]{0,32}"));
        return new DoorSettings(from.names("mirrorlog.management.names",
                "a list of names or addresses, without ports; IPv6 addresses in brackets",
                name -> name.matches("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]")), path(given, dataDir),
                Optional.of(group).filter(text -> !text.isEmpty()),
                (int) from.number("mirrorlog.metrics.most-logs", 0, 100_000), tls(from));
    }

    private static Optional<OverTls> tls(SettingsReader from) {
        String host = from.text(TLS + "host", "\"\", or an address or name of this machine",
                text -> text.matches("[A-Za-z0-9._:-]{0,253}"));
        int port = (int) from.number(TLS + "port", 0, 65_535);
        return host.isEmpty() ? Optional.empty() : Optional.of(new OverTls(host, port));
    }

    /** Says what does not go together. */
    void check(SettingsReader reader, ClusterSettings cluster) {
        if (tls.isPresent() && cluster.tls().isEmpty()) {
            reader.refuse(TLS + "host", "\"\", unless mirrorlog.cluster.tls is given (deploy/make-certs)");
        }
    }

    private static Path path(String given, Path dataDir) {
        return given.isEmpty() ? dataDir.resolve("operator.sock") : Path.of(given).toAbsolutePath().normalize();
    }
}
