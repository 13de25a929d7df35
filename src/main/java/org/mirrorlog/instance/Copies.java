package org.mirrorlog.instance;

import java.util.ArrayDeque;
import java.util.Deque;
import org.mirrorlog.protocol.Reply;

/** Copies of one request that wait together for its end; the kernel has given up all but the newest. Of one table. */
final class Copies {
    private static final int MOST = 8;

    private final Deque<Call> calls = new ArrayDeque<>();

    /** One more; the oldest makes room. */
    void add(Call call) {
        calls.addLast(call);
        if (calls.size() > MOST) {
            calls.removeFirst();
        }
    }

    /** It has come to its end. */
    void replyAll(Reply reply) {
        calls.forEach(call -> call.reply(reply));
        calls.clear();
    }

    void clear() {
        calls.clear();
    }

    boolean isEmpty() {
        return calls.isEmpty();
    }
}
