package org.mirrorlog.door;

import java.util.function.Supplier;

/**
 * An answer that goes on until the peer closes.
 *
 * @param head status and headers; its body is not sent
 * @param pieces what is to be sent next, empty if there is nothing now; some kilobytes at most. Asked by the door's own
 *     thread some times a second: must neither block nor throw
 * @param signOfLife sent where there was nothing for long
 */
public record Feed(HttpReply head, Supplier<byte[]> pieces, byte[] signOfLife) {
    /** Copies. */
    public Feed {
        signOfLife = signOfLife.clone();
    }
}
