package org.mirrorlog.kernel;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells kernels at the start which of their requests an earlier start has lost: they ask again at once (1.4). */
public final class LostRequests {
    private static final Logger LOG = LoggerFactory.getLogger(LostRequests.class);

    private LostRequests() {
    }

    /**
     * Asks for them, once, outside of what is asked for when datagrams arrive broken. Before anything is read from the
     * socket, so that nothing is asked for again that waits there.
     *
     * @return how many, those for which nobody waits included
     */
    public static int askAgain(OpenRequests open, ConnectorSocket socket) {
        List<OpenRequests.Lost> lost = open.lost(socket.isKept());
        ReplySender sender = new ReplySender(socket);
        int asked = 0;
        for (OpenRequests.Lost each : lost) {
            Optional<Peer> peer = socket.peerNamed(each.peer());
            if (peer.isPresent() && sender.askAgain(each.seq(), peer.get())) {
                asked++;
            }
        }
        open.forget();
        if (asked > 0) {
            LOG.info("{} requests that an earlier start may have lost are asked for again", asked);
        }
        return asked;
    }
}
