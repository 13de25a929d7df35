package org.mirrorlog;

/** One start of the daemon on one node, as events and log lines name it: {@code node/start}. */
final class DaemonName {
    private static final char SEPARATOR = '/';

    private DaemonName() {
    }

    /** The name; node names hold no slash (see Settings). */
    static String of(String node, long start) {
        return node + SEPARATOR + start;
    }

    /** The node in a name. */
    static String nodeOf(String name) {
        int end = name.indexOf(SEPARATOR);
        return end < 0 ? name : name.substring(0, end);
    }
}
