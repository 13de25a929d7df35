package org.mirrorlog.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * How a node finds the others; see {@code mirrorlog.cluster}.
 *
 * @param host under which the others reach this node
 * @param port likewise; 0: any that is free
 * @param seeds {@code host:port} of nodes through which it joins; empty: none, or they are discovered
 * @param discovery how they are discovered; empty: not at all
 * @param tls how nodes prove that they belong to the cluster; empty: they do not
 * @param isDowningChosen whether this program chooses which part of a broken cluster goes on, rather than Akka's
 *     settings
 * @param isInsecureAllowed whether it may listen beyond loopback without tls
 */
public record ClusterSettings(String host, int port, List<String> seeds, Optional<Discovery> discovery,
        Optional<Tls> tls, boolean isDowningChosen, boolean isInsecureAllowed) {
    private static final String TLS = "mirrorlog.cluster.tls.";
    private static final String DISCOVERY = "mirrorlog.cluster.discovery.";
    private static final List<String> METHODS = List.of("", "config", "akka-dns", "kubernetes-api");
    private static final String INSECURE = "mirrorlog.cluster.insecure";
    /** What is allowed for a host at which others can reach this node. */
    static final String LOOPBACK_OR_TLS = "a loopback address, unless mirrorlog.cluster.tls is given"
            + " (deploy/make-certs): beyond loopback anybody could join; or " + INSECURE + " = true";
    private static final Predicate<String> IS_HOST = text -> text.matches("[A-Za-z0-9._:-]{1,253}");
    private static final Predicate<String> IS_ENDPOINT = text -> text.matches("[A-Za-z0-9._:\\[\\]-]{1,255}:[0-9]{1,5}")
            && isPort(text.substring(text.lastIndexOf(':') + 1));

    private static final Set<String> LOCAL_NAMES = Set.of("localhost", "localhost.localdomain", "ip6-localhost");
    private static final Predicate<String> IS_LITERAL = text -> text.matches("[0-9.]+") || text.contains(":");

    public ClusterSettings {
        seeds = List.copyOf(seeds);
    }

    /**
     * See {@code mirrorlog.cluster.discovery}.
     *
     * @param method Akka's name of it
     * @param service what is looked for
     * @param port where this node answers others that look
     */
    public record Discovery(String method, String service, int port) { }

    /** Files in PEM; see {@code mirrorlog.cluster.tls}. */
    public record Tls(Path certificate, Path key, Path authority) { }

    static ClusterSettings read(SettingsReader from) {
        return new ClusterSettings(
                from.text("mirrorlog.cluster.host", "1 to 253 letters, digits, dots, dashes or colons", IS_HOST),
                (int) from.number("mirrorlog.cluster.port", 0, 65_535),
                from.names("mirrorlog.cluster.seeds", "a list of host:port", IS_ENDPOINT), discovery(from), tls(from),
                "auto".equals(from.word("mirrorlog.cluster.downing", List.of("auto", "akka"))), from.flag(INSECURE));
    }

    private static Optional<Discovery> discovery(SettingsReader from) {
        String method = from.word(DISCOVERY + "method", METHODS);
        from.number(DISCOVERY + "nodes", 2, 99);
        Discovery discovery = new Discovery(method, from.text(DISCOVERY + "service",
                "1 to 253 letters, digits, dots, dashes or underscores", text -> text.matches("[A-Za-z0-9._-]{1,253}")),
                (int) from.number(DISCOVERY + "port", 1, 65_535));
        return method.isEmpty() ? Optional.empty() : Optional.of(discovery);
    }

    /** All three files, or none. */
    private static Optional<Tls> tls(SettingsReader from) {
        List<String> files = Stream.of("certificate", "key", "authority")
                .map(name -> from.text(TLS + name, "a path, or \"\"", text -> text.isEmpty() || text.startsWith("/")
                        && text.indexOf('\0') < 0)).toList();
        return files.stream().anyMatch(String::isEmpty) ? Optional.empty()
                : Optional.of(new Tls(Path.of(files.get(0)), Path.of(files.get(1)), Path.of(files.get(2))));
    }

    /** Says which keys do not go together. */
    void check(SettingsReader reader) {
        if (!isAlone() && port == 0) {
            reader.refuse("mirrorlog.cluster.port", "1 to 65535 for a node of a cluster: the others come back to it");
        }
        if (discovery.isPresent() && !seeds.isEmpty()) {
            reader.refuse(DISCOVERY + "method",
                    "\"\" with mirrorlog.cluster.seeds: nodes are named or discovered, not both");
        }
        if (discovery.filter(found -> found.port() == port).isPresent()) {
            reader.refuse(DISCOVERY + "port", "another port than mirrorlog.cluster.port");
        }
        if (!seeds.isEmpty() && seeds.stream().distinct().count() != seeds.size()) {
            reader.refuse("mirrorlog.cluster.seeds", "each node once");
        }
        if (hasTwoSpellings()) {
            reader.refuse("mirrorlog.cluster.seeds", "one spelling for each host, that of its mirrorlog.cluster.host"
                    + " (here " + host + "): localhost and 127.0.0.1, or ::1, are two nodes");
        }
        boolean isBadAlready = host.isEmpty() || reader.problems().stream().anyMatch(bad -> bad.path().startsWith(TLS));
        if (tls.isPresent() || isBadAlready) {
            return;
        }
        if (reader.hasText(TLS + "certificate") || reader.hasText(TLS + "key") || reader.hasText(TLS + "authority")) {
            reader.refuse(TLS + "certificate", "certificate, key and authority, or none of them");
        } else if (needsTlsAt(host)) {
            reader.refuse("mirrorlog.cluster.host", LOOPBACK_OR_TLS);
        }
    }

    /** Whether this node must not listen there as it is. */
    boolean needsTlsAt(String where) {
        return tls.isEmpty() && !isInsecureAllowed && !isLoopback(where);
    }

    /**
     * Nodes are told apart by how their addresses are written: who calls a seed by another name than its own waits for
     * it in vain. Names that only a name service knows are not looked up.
     */
    private boolean hasTwoSpellings() {
        Map<String, String> spellings = new HashMap<>();
        Stream<String> hosts = seeds.stream().map(seed -> seed.substring(0, seed.lastIndexOf(':')));
        return !seeds.isEmpty() && Stream.concat(Stream.of(host), hosts)
                .anyMatch(text -> places(text).stream().anyMatch(place -> {
                    String earlier = spellings.putIfAbsent(place, text);
                    return earlier != null && !earlier.equals(text);
                }));
    }

    /** What it may be an address of; the machine decides which of both a name of its own is. */
    private static List<String> places(String text) {
        String plain = text.replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
        try {
            if (LOCAL_NAMES.contains(plain)) {
                return List.of("127.0.0.1", InetAddress.getByName("::1").getHostAddress());
            }
            return List.of(IS_LITERAL.test(plain) ? InetAddress.getByName(plain).getHostAddress() : plain);
        } catch (UnknownHostException e) {
            return List.of(plain);
        }
    }

    /** Whether this node is a cluster of its own. */
    public boolean isAlone() {
        return seeds.isEmpty() && discovery.isEmpty();
    }

    /** Of two, no majority is left when one dies: the journal, without which neither can serve, is asked. */
    boolean isJournalArbiter() {
        return isDowningChosen && seeds.size() == 2;
    }

    /** Whether an address or name means this machine and nothing else. */
    static boolean isLoopback(String host) {
        try {
            return !host.isBlank() && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static boolean isPort(String digits) {
        int port = Integer.parseInt(digits);
        return port > 0 && port <= 65_535;
    }
}
