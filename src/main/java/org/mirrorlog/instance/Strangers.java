package org.mirrorlog.instance;

import java.util.LinkedHashSet;
import java.util.Set;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** What tables are told that nobody here knows. */
final class Strangers {
    /** Tables of which a warning was given; beyond it the oldest may be warned of once more. */
    private static final int MOST_TOLD = 1024;

    private final InstanceEnvironment surroundings;
    private final Set<InstanceKey> told = new LinkedHashSet<>();

    Strangers(InstanceEnvironment surroundings) {
        this.surroundings = surroundings;
    }

    /** It is none any more. */
    void isKnown(InstanceKey key) {
        told.remove(key);
    }

    /**
     * D15: a request that only a running table sends makes its kernel construct and resume once more. Each of the
     * kernel's threads is told: any other error would read as "not in sync" to one of them.
     */
    Reply reply(InstanceKey key, RequestType type) {
        if (type == RequestType.DTR) {
            return Reply.done();
        }
        if (type == RequestType.RESUME) {
            // It promises nothing: the kernel runs the table whatever it hears, and its next request makes it
            // reconnect. But it may be part of a reconnect, and an error would fail the request behind it: IN_SYNC
            // would read as "no".
            surroundings.warn(key, "unknown table asks RESUME");
            return Reply.done();
        }
        if (type.isRetriedAfterReconnect()) {
            if (told.add(key)) {
                surroundings.warn(key, "unknown table asks " + type + ": told to reconnect");
            }
            if (told.size() > MOST_TOLD) {
                told.remove(told.iterator().next());
            }
            return Reply.failure(Errno.ESRCH);
        }
        surroundings.warn(key, "unknown table asks " + type);
        return Reply.failure(type == RequestType.POSTSUSPEND ? Errno.ENOENT : Errno.EINVAL);
    }
}
