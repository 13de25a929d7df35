package org.mirrorlog.instance;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.mirrorlog.protocol.RequestType;

/** How many requests of each type came, and how many of them cost a round. Counted by one thread, read by any. */
final class RoundCounters {
    private final LongAdder[] requests = adders();
    private final LongAdder[] rounds = adders();
    /** Rounds that no request waits for: clears handed on, sessions taken up again. */
    private final LongAdder ownRounds = new LongAdder();
    private final LongAdder repeatedRounds = new LongAdder();

    private static LongAdder[] adders() {
        LongAdder[] adders = new LongAdder[RequestType.values().length];
        for (int i = 0; i < adders.length; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }

    void request(RequestType type) {
        requests[type.ordinal()].increment();
    }

    void round(Task task) {
        task.call().ifPresentOrElse(call -> rounds[call.type().ordinal()].increment(), ownRounds::increment);
    }

    void repeatedRound() {
        repeatedRounds.increment();
    }

    /** {@code requests.FLUSH}, {@code rounds.FLUSH} and so on; {@code rounds.own}, {@code rounds.repeated}. */
    Map<String, Long> snapshot() {
        Map<String, Long> shown = new TreeMap<>();
        for (RequestType type : RequestType.values()) {
            shown.put("requests." + type, requests[type.ordinal()].sum());
            shown.put("rounds." + type, rounds[type.ordinal()].sum());
        }
        shown.put("rounds.own", ownRounds.sum());
        shown.put("rounds.repeated", repeatedRounds.sum());
        return shown;
    }
}
