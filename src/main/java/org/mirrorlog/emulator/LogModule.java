package org.mirrorlog.emulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogCodec;
import org.mirrorlog.protocol.UlogRequest;

/**
 * What all userspace logs of a machine share: the sequence counter, the list of those who wait for an answer, the limit
 * on questions about recovery. Knows the rules of resending and of accepting an answer, nothing of what is asked.
 */
final class LogModule {
    static final int EAGAIN = -Errno.EAGAIN.number();
    static final int EINVAL = -Errno.EINVAL.number();
    static final int ENOSPC = -Errno.ENOSPC.number();
    static final int ESRCH = -Errno.ESRCH.number();

    private static final long RESEND_MS = 15_000;
    private static final long RECOVERY_QUESTION_MS = 250;
    private static final byte[] NOTHING = new byte[0];

    private final Timers timers;
    private final Complaints complaints;
    private final int version;
    private final Map<Integer, Consultation> waiting = new HashMap<>();
    private final Deque<UlogRequest> outgoing = new ArrayDeque<>();
    private int nextSeq;
    private long noRecoveryQuestionBeforeMs = Long.MIN_VALUE;
    private long resends;
    private long lateAnswers;
    private long refusals;
    private long longestMs;

    /** What a consultation ends with: 0 or an errno, and the bytes that were returned. */
    interface Outcome {
        void accept(int error, byte[] data);
    }

    /** One question, sent as often as it takes. */
    private final class Consultation {
        private final UlogRequest template;
        private final RequestType type;
        private final Outcome outcome;
        private final long sinceMs = timers.nowMs();
        private long capacity;
        private int seq;
        private Timers.Timer resend;

        private Consultation(UlogRequest template, RequestType type, int capacity, Outcome outcome) {
            this.template = template;
            this.type = type;
            this.capacity = capacity;
            this.outcome = outcome;
        }

        private long waitedMs() {
            return timers.nowMs() - sinceMs;
        }

        private void send() {
            seq = nextSeq++;
            waiting.put(seq, this);
            outgoing.add(new UlogRequest(template.luid(), template.uuid(), template.version(), seq, template.wireType(),
                    template.payload()));
            resend = timers.after(RESEND_MS, () -> {
                waiting.remove(seq);
                resends++;
                send();
            });
        }

        private void end(int error, byte[] data) {
            longestMs = Math.max(longestMs, waitedMs());
            outcome.accept(error, data);
        }
    }

    LogModule(Timers timers, Complaints complaints, int version, int firstSeq) {
        this.timers = timers;
        this.complaints = complaints;
        this.version = version;
        this.nextSeq = firstSeq;
    }

    /**
     * Asks the daemon and waits, for ever if need be.
     *
     * @param capacity room for the returned data; more than that is refused with ENOSPC
     */
    void consult(long luid, String uuid, RequestType type, byte[] payload, int capacity, Outcome outcome) {
        if (payload.length > UlogCodec.MAX_REQUEST_PAYLOAD_BYTES) {
            outcome.accept(EINVAL, NOTHING);
            return;
        }
        new Consultation(new UlogRequest(luid, uuid, version, 0, type.code(), payload), type, capacity, outcome).send();
    }

    /** Takes the next request that is to go out, in the order of sequence numbers; null if there is none. */
    UlogRequest takeOutgoing() {
        return outgoing.poll();
    }

    /** Nobody listens: that request was not sent. */
    void refused(int seq) {
        Consultation consultation = waiting.remove(seq);
        if (consultation != null) {
            refusals++;
            consultation.resend.cancel();
            consultation.end(ESRCH, NOTHING);
        }
    }

    /** An answer came. One that nobody waits for any more is ignored. */
    void answered(UlogAnswer answer) {
        Consultation consultation = waiting.remove(answer.seq());
        if (consultation == null) {
            lateAnswers++;
            return;
        }
        consultation.resend.cancel();
        if (answer.isShortAck()) {
            shortAck(consultation, answer);
        } else {
            fullReply(consultation, answer);
        }
    }

    private void shortAck(Consultation consultation, UlogAnswer answer) {
        if (answer.error() == EAGAIN) {
            resends++;
            consultation.send();
            return;
        }
        if (answer.error() > 0) {
            complain(consultation, "short ack with a negative errno");
        }
        consultation.end(answer.error(), NOTHING);
    }

    private void fullReply(Consultation consultation, UlogAnswer answer) {
        long size = Integer.toUnsignedLong(answer.dataSize());
        if (answer.error() != 0 && size != 0) {
            complain(consultation, "error " + answer.error() + " with " + size + " bytes");
        }
        if (size > consultation.capacity) {
            complain(consultation, size + " bytes where " + consultation.capacity + " fit");
            consultation.end(ENOSPC, NOTHING);
            return;
        }
        if (!answer.isWhole()) {
            complain(consultation, "claims " + size + " bytes, has " + answer.payload().length);
        }
        consultation.capacity = size;
        if (answer.error() == EAGAIN) {
            complain(consultation, "EAGAIN in a full reply");
            resends++;
            consultation.send();
            return;
        }
        if (answer.error() > 0) {
            complain(consultation, "positive error " + answer.error());
        }
        consultation.end(answer.error(), answer.payload());
    }

    private void complain(Consultation consultation, String what) {
        complaints.add("seq " + Integer.toUnsignedString(consultation.seq) + ' ' + consultation.type + ' '
                + consultation.template.uuid() + ": " + what);
    }

    /** Whether a log may ask about recovery elsewhere now; if so, none may again for 250 ms. */
    boolean mayAskAboutRecovery() {
        if (timers.nowMs() < noRecoveryQuestionBeforeMs) {
            return false;
        }
        noRecoveryQuestionBeforeMs = timers.nowMs() + RECOVERY_QUESTION_MS;
        return true;
    }

    void complain(String what) {
        complaints.add(what);
    }

    Timers timers() {
        return timers;
    }

    /** The protocol version of the requests. */
    int version() {
        return version;
    }

    int openRequests() {
        return waiting.size();
    }

    long resends() {
        return resends;
    }

    /** How long the longest question took or has taken so far, however often it was sent; and starts measuring anew. */
    long takeLongestMs() {
        long longest = waiting.values().stream().mapToLong(Consultation::waitedMs).reduce(longestMs, Math::max);
        longestMs = 0;
        return longest;
    }

    boolean awaits(int seq) {
        return waiting.containsKey(seq);
    }

    int nextSeq() {
        return nextSeq;
    }

    int oldestSeq() {
        int oldest = nextSeq;
        for (int seq : waiting.keySet()) {
            oldest = seq - oldest < 0 ? seq : oldest;
        }
        return oldest;
    }

    long lateAnswers() {
        return lateAnswers;
    }

    long refusals() {
        return refusals;
    }
}
