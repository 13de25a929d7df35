package org.mirrorlog.kernel;

/**
 * A kernel that sent a request, and where its answer goes. Values of one kernel are equal; they may be kept as long as
 * the answer takes, and passed between threads.
 */
public sealed interface Peer permits NetlinkPeer, UnixPeer {
    /** How log lines call it: {@code kernel}, {@code port 4711}, or a socket path. */
    String name();
}
