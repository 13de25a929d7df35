package org.mirrorlog.instance;

import java.util.Objects;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/**
 * One copy of a request that waits for its reply.
 *
 * @param request as received
 * @param type its type, which is known
 * @param caller where the reply goes
 */
record Call(UlogRequest request, RequestType type, Caller caller) {
    Call {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(caller, "caller");
    }

    void reply(Reply reply) {
        caller.reply(request, reply);
    }

    /**
     * Whether only the mirror's worker thread sends this: it has one such request outstanding, so that a newer one
     * shows the older to be given up. A FLUSH without marks may come from the delayed-flush worker as well.
     */
    boolean isWorkersAlone() {
        switch (type) {
            case MARK_REGION: case CLEAR_REGION: case SET_REGION_SYNC: case GET_RESYNC_WORK:
                return true;
            case FLUSH:
                return request.payload().length > 0;
            default:
                return false;
        }
    }

    boolean isEmptyFlush() {
        return type == RequestType.FLUSH && request.payload().length == 0;
    }
}
