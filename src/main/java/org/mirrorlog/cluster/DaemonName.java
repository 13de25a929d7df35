package org.mirrorlog.cluster;

/** One start of the daemon on one node, as events and log lines name it: {@code node/boot id/start}. */
public final class DaemonName {
    private static final char SEPARATOR = '/';

    private DaemonName() {
    }

    /** The name, unlike that of any other start anywhere; node names hold no slash (see Settings). */
    public static String of(NodeIdentity who, long start) {
        return who.node() + SEPARATOR + who.incarnation() + SEPARATOR + start;
    }

    /** The node in a name. */
    public static String nodeOf(String name) {
        int end = name.indexOf(SEPARATOR);
        return end < 0 ? name : name.substring(0, end);
    }
}
