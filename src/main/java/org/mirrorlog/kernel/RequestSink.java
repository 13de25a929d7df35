package org.mirrorlog.kernel;

import org.mirrorlog.protocol.UlogRequest;

/** Where requests go. */
@FunctionalInterface
public interface RequestSink {
    /**
     * Takes one request over. Called by the receive thread; must not wait for anything. An exception is logged and the
     * request dropped: the kernel repeats it after 15 seconds.
     *
     * @param from the kernel to answer to
     */
    void accept(UlogRequest request, Peer from);
}
