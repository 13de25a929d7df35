package org.mirrorlog.instance;

import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.UlogRequest;

/** Whoever sent a request and waits for its reply: the kernel, real or emulated. */
@FunctionalInterface
public interface Caller {
    /** Sends the reply; at most once per request. Does not block and does not throw. */
    void reply(UlogRequest request, Reply reply);
}
