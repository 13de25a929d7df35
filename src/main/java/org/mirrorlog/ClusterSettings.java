package org.mirrorlog;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Predicate;

/**
 * How a node finds the others; see {@code mirrorlog.cluster}.
 *
 * @param host under which the others reach this node
 * @param port likewise; 0: any that is free
 * @param seeds {@code host:port} of nodes through which it joins; empty: it is alone
 */
record ClusterSettings(String host, int port, List<String> seeds) {
    private static final Predicate<String> IS_HOST = text -> text.matches("[A-Za-z0-9._:-]{1,253}");
    private static final Predicate<String> IS_ENDPOINT = text -> text.matches("[A-Za-z0-9._:\\[\\]-]{1,255}:[0-9]{1,5}")
            && isPort(text.substring(text.lastIndexOf(':') + 1));

    ClusterSettings {
        seeds = List.copyOf(seeds);
    }

    static ClusterSettings read(SettingsReader from) {
        return new ClusterSettings(
                from.text("mirrorlog.cluster.host", "1 to 253 letters, digits, dots, dashes or colons", IS_HOST),
                (int) from.number("mirrorlog.cluster.port", 0, 65_535),
                from.names("mirrorlog.cluster.seeds", "a list of host:port", IS_ENDPOINT));
    }

    /** Says which keys do not go together. */
    void check(SettingsReader reader) {
        if (!isAlone() && port == 0) {
            reader.refuse("mirrorlog.cluster.port", "1 to 65535 for a node of a cluster: the others come back to it");
        }
        if (!isAlone() && !seeds.isEmpty() && seeds.stream().distinct().count() != seeds.size()) {
            reader.refuse("mirrorlog.cluster.seeds", "each node once");
        }
    }

    /** Whether this node is a cluster of its own. */
    boolean isAlone() {
        return seeds.isEmpty();
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
