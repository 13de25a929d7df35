package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.protocol.ConstructorString;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * All daemons together answer as one log: there is an order of all requests of all kernels, each between its call and
 * its return, in which the {@link SequentialLog} would have given these answers. Looks at kernels only, not at journal
 * or rounds.
 */
final class AnswersHaveAnOrder extends Checker {
    private static final int EIO = -5;
    private static final int MOST_REGIONS = 64;
    /** A kernel sends a copy after 15 s. */
    private static final long RESEND_MS = 14_900;
    /** Done more than once they may have effects of their own each time. */
    private static final Set<RequestType> SEVERAL_TIMES =
            Set.of(RequestType.GET_SYNC_COUNT, RequestType.IS_REMOTE_RECOVERING, RequestType.RESUME);

    /** A request that its kernel waits for. */
    private static final class Open {
        private final Operation operation;
        private final UlogRequest request;
        private int seq;
        private long sentMs;
        /**
         * Such a RESUME begins no session, but where it finds the table leaving it may: as if nobody had answered it.
         */
        private boolean isOfReconnect;
        /** Its kernel sends a copy at once. */
        private boolean isAskedAgain;

        private Open(Operation operation, UlogRequest request) {
            this.operation = operation;
            this.request = request;
        }
    }

    private final Map<InstanceId, Operation.Table> tables = new LinkedHashMap<>();
    private final Map<String, List<Open>> open = new LinkedHashMap<>();
    /** Tables whose next RESUME belongs to a reconnect. */
    private final Map<InstanceId, Integer> reconnecting = new LinkedHashMap<>();
    private final List<Operation> history = new ArrayList<>();
    private boolean isTooLarge;
    private long events;

    AnswersHaveAnOrder(Simulation sim, Mirror mirror) {
        super(sim, mirror);
    }

    private static InstanceId id(Machine machine, UlogRequest request) {
        return new InstanceId(machine.incarnation(), request.luid());
    }

    private List<Open> openOf(Machine machine) {
        return open.computeIfAbsent(machine.incarnation(), key -> new ArrayList<>());
    }

    private static boolean isWatched(UlogRequest request) {
        switch (request.type().orElseThrow()) {
            case GET_REGION_SIZE: case STATUS_INFO: case STATUS_TABLE:
                return false;
            default:
                return !isReconnect(request);
        }
    }

    @Override
    void requested(Machine machine, UlogRequest request) {
        Operation.Table exposed = isReconnect(request) ? tables.get(id(machine, request)) : null;
        if (exposed != null) {
            history.add(new Operation(exposed, null, new long[] {SequentialLog.EXPOSED}, events++));
        }
        if (!isWatched(request) || resent(machine, request)) {
            return;
        }
        RequestType type = request.type().orElseThrow();
        InstanceId id = id(machine, request);
        boolean isOfReconnect = type == RequestType.RESUME && reconnecting.merge(id, -1, Integer::sum) >= 0;
        reconnecting.computeIfPresent(id, (key, count) -> Math.max(count, 0));
        if (type == RequestType.CTR) {
            construct(machine, id, request);
        }
        Operation.Table table = tables.get(id);
        if (table != null) {
            long[] words = type == RequestType.CTR ? new long[0] : words(request.payload());
            Open entry = new Open(new Operation(table, type, words, events++), request);
            entry.seq = request.seq();
            entry.sentMs = machine.kernel().nowMs();
            entry.isOfReconnect = isOfReconnect;
            openOf(machine).add(entry);
            history.add(entry.operation);
        }
    }

    private void construct(Machine machine, InstanceId id, UlogRequest request) {
        if (ConstructorString.parse(request.payload()) instanceof ConstructorString.Parsed parsed) {
            int boot = Integer.parseInt(machine.incarnation().replaceFirst(".*boot", ""));
            // Whatever an older table of this address asked is not repeated any more.
            openOf(machine).removeIf(entry -> entry.request.luid() == request.luid());
            // Where another boot proves nothing, it might be another machine.
            boolean isProof = sim().plan().isBootProofOfDeath();
            tables.put(id, new Operation.Table((int) events, isProof ? machine.lineage() : machine.incarnation(),
                    isProof ? boot : 0, parsed.spec()));
            isTooLarge |= parsed.spec().regionCount() > MOST_REGIONS;
        }
    }

    /** Whether it is another copy of a request that was not answered in time. */
    private boolean resent(Machine machine, UlogRequest request) {
        long nowMs = machine.kernel().nowMs();
        for (Open entry : openOf(machine)) {
            boolean isSame = entry.request.luid() == request.luid() && entry.request.wireType() == request.wireType()
                    && Arrays.equals(entry.request.payload(), request.payload());
            if (isSame && (entry.isAskedAgain || nowMs - entry.sentMs >= RESEND_MS)) {
                remainsOpen(entry.operation);
                entry.isAskedAgain = false;
                entry.seq = request.seq();
                entry.sentMs = nowMs;
                return true;
            }
        }
        return false;
    }

    @Override
    void askedAgain(Machine machine, int seq) {
        openOf(machine).stream().filter(entry -> entry.seq == seq).forEach(entry -> entry.isAskedAgain = true);
    }

    /** What the earlier copy of a request has told the log stays, whatever the later one is answered. */
    private void remainsOpen(Operation earlier) {
        if (SEVERAL_TIMES.contains(earlier.type())) {
            history.add(history.indexOf(earlier), earlier.neverAnswered());
        }
    }

    @Override
    void refused(Machine machine, UlogRequest request) {
        // Never to be answered: what an earlier copy of it may have done stays open, and what the kernel has done
        // without.
        requested(machine, request);
        take(machine, request);
    }

    @Override
    void replied(Machine machine, UlogRequest request) {
        for (Open entry : openOf(machine)) {
            if (entry.seq == request.seq()) {
                entry.operation.decided(events++);
            }
        }
    }

    @Override
    void recordLost(Machine machine, long luid) {
        Operation.Table table = tables.get(new InstanceId(machine.incarnation(), luid));
        if (table != null) {
            history.add(new Operation(table, null, new long[] {SequentialLog.RECORD_LOST}, events++));
        }
    }

    /** From here on the log doubts everything, and knows nobody until it has been told anew. */
    @Override
    void committed(String uuid, LogState before, LogState after, Commit commit) {
        if (commit.events().stream().anyMatch(LogEvent.Adopted.class::isInstance)) {
            history.add(new Operation(null, null, SequentialLog.ADOPTED, events++));
        }
        // A node without a table of this log says that earlier boots of it are over, which no RESUME tells then.
        commit.events().stream().filter(LogEvent.Died.class::isInstance).map(e -> ((LogEvent.Died) e).incarnation())
                .filter(dead -> sim().machines().stream().noneMatch(m -> m.incarnation().equals(dead)))
                .forEach(this::declaredDead);
    }

    /** Owners hear of it at once or later; what the dead one asked may have arrived until then. */
    @Override
    void declaredDead(String incarnation) {
        tables.forEach((id, table) -> {
            if (id.incarnation().equals(incarnation)) {
                history.add(new Operation(table, null, new long[] {SequentialLog.DEAD}, events++));
            }
        });
    }

    /**
     * Of a lost history no answer follows: the log starts anew, from what its device tells (D21). Nothing runs, but an
     * older history may tell of sessions.
     */
    @Override
    void journalReplaced() {
        history.add(new Operation(null, null, truth().hasActive() ? new long[1] : new long[0], events++));
    }

    @Override
    void answered(Machine machine, UlogRequest request, UlogAnswer answer) {
        if (isReconnect(request) && answer.error() == 0) {
            reconnecting.merge(id(machine, request), 1, Integer::sum);
        }
        take(machine, request).ifPresent(entry -> {
            boolean isResumedOnFailedDevice = request.type()
                    .orElseThrow() == RequestType.RESUME && answer.error() == EIO;
            entry.operation.returned(events++, !entry.isOfReconnect && (answer.error() == 0 || isResumedOnFailedDevice)
                    ? Operation.Outcome.ANSWERED
                    : Operation.Outcome.FAILED, words(answer.payload()));
        });
    }

    private Optional<Open> take(Machine machine, UlogRequest request) {
        Optional<Open> entry = openOf(machine).stream().filter(e -> e.seq == request.seq()).findFirst();
        entry.ifPresent(openOf(machine)::remove);
        return entry;
    }

    private static long[] words(byte[] payload) {
        long[] words = new long[payload.length / Long.BYTES];
        ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).asLongBuffer().get(words);
        return words;
    }

    @Override
    void atTheEnd() {
        if (!isTooLarge) {
            new Linearization(history).problem().ifPresent(problem -> {
                throw violation(problem);
            });
        }
    }
}
