package org.mirrorlog.instance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.Decision;
import org.mirrorlog.log.DeviceReport;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.log.Rules;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/**
 * One machine's instances and the logs they use, without actors, files or time: requests go in, replies come out.
 * Rounds wait in {@link #rounds} while {@link #isOwnerSilent}, else they are decided at once.
 */
final class OneMachine implements InstanceEnvironment {
    static final String UUID = "LVM-test";

    final Map<String, LogState> logs = new HashMap<>();
    final Deque<Round> rounds = new ArrayDeque<>();
    final List<String> warnings = new ArrayList<>();
    final List<Round> sent = new ArrayList<>();
    final Map<InstanceKey, MemoryRecord> records = new HashMap<>();
    /** Replies of all requests, by sequence number; the first one counts. */
    final Map<Integer, Reply> replies = new HashMap<>();
    final List<InstanceKey> closed = new ArrayList<>();
    final List<InstanceKey> woken = new ArrayList<>();
    /** Why no log device can be opened; null: it can. */
    Errno refusal;
    /** Why no record can be made; null: it can. */
    RuntimeException recordRefusal;
    /** What each constructor's record throws; null: nothing. */
    Error constructorFault;
    /** Of starts from then on. */
    long heapBytes = Long.MAX_VALUE;
    /** What the status calls a disk log, from the next start on. */
    String diskWord = "clustered-disk";
    boolean isOpeningSlow;
    boolean isClosingSlow;
    DeviceReport device = new DeviceReport.Blank();
    boolean isOwnerSilent;
    long nowMs = 1_000;
    private final ResyncRequests requests = new ResyncRequests();
    private final String bootId;
    private final InstanceRecord.Store store;
    private int seq;
    Instances instances;

    OneMachine(String bootId, long daemonStart) {
        this.bootId = bootId;
        this.store = this::record;
        instances = start(daemonStart);
    }

    /** @param store makes the records */
    OneMachine(String bootId, long daemonStart, InstanceRecord.Store store) {
        this.bootId = bootId;
        this.store = store;
        instances = start(daemonStart);
    }

    /** The kernel has tables of these logs only. */
    void compareWith(Set<String> live) {
        instances.compareWith(live, live::contains, nowMs);
    }

    /** A record in memory: survives {@link #restart}. */
    static final class MemoryRecord implements InstanceRecord {
        private final String constructor;
        private Memory memory;
        private final Runnable onDestroy;
        /** What each call throws, nothing checked; null: nothing. */
        Throwable fault;

        MemoryRecord(String constructor, Memory memory, Runnable onDestroy) {
            this.constructor = constructor;
            this.memory = memory;
            this.onDestroy = onDestroy;
        }

        Memory memory() {
            return memory;
        }

        @Override
        public void append(RecordChange change) {
            throwIfBroken();
            memory = memory.after(change);
        }

        @Override
        public Memory readAnew() {
            throwIfBroken();
            return memory;
        }

        @Override
        public void destroy() {
            throwIfBroken();
            onDestroy.run();
        }

        private void throwIfBroken() {
            if (fault instanceof Error error) {
                throw error;
            } else if (fault != null) {
                throw (RuntimeException) fault;
            }
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    private Instances start(long daemonStart) {
        Tuning tuning = new Tuning(5_000, 500, 100).within(heapBytes).saying(diskWord);
        return new Instances(new Machine("node1", bootId, daemonStart), tuning, store, this);
    }

    private InstanceRecord record(InstanceKey key, String constructor, Memory memory) {
        if (constructorFault != null) {
            throw constructorFault;
        }
        if (recordRefusal != null) {
            throw recordRefusal;
        }
        MemoryRecord record = new MemoryRecord(constructor, memory, () -> records.remove(key));
        records.put(key, record);
        return record;
    }

    /** The daemon dies and comes back; what it had not answered is lost. */
    void restart(long daemonStart) {
        rounds.clear();
        instances = start(daemonStart);
        new HashMap<>(records).forEach((key, record) ->
                instances.restore(key, record.constructor, record.memory, record, nowMs));
        deliver();
    }

    LogState log() {
        return logs.getOrDefault(UUID, LogState.unborn());
    }

    // --- what instances need --------------------------------------------------------------------------------------

    @Override
    public void send(Round round) {
        sent.add(round);
        rounds.add(round);
    }

    @Override
    public void openDevice(InstanceKey key, LogSpec spec) {
        opening.add(key);
    }

    @Override
    public void closeDevice(InstanceKey key) {
        closed.add(key);
        closing.add(key);
    }

    @Override
    public void condemned(InstanceKey key) {
        warn(key, "declared dead");
    }

    @Override
    public void wake(InstanceKey key) {
        woken.add(key);
    }

    @Override
    public void warn(InstanceKey key, String incident) {
        warnings.add(incident);
    }

    private final Deque<InstanceKey> opening = new ArrayDeque<>();
    private final Deque<InstanceKey> closing = new ArrayDeque<>();

    /** Lets devices open and the owner decide, until nothing waits. */
    void deliver() {
        while (!isOpeningSlow && !opening.isEmpty()) {
            if (refusal == null) {
                instances.onDeviceOpened(opening.poll(), new OpenedDevice(254, 3), nowMs);
            } else {
                instances.onDeviceRefused(opening.poll(), refusal, "refused", nowMs);
            }
        }
        while (!isOwnerSilent && !rounds.isEmpty()) {
            decide(rounds.poll()).ifPresent(answer -> instances.onAnswer(answer, nowMs));
            close();
        }
        close();
    }

    /** Nobody hears that devices were closed which were to be closed by now. */
    void loseNewsOfClosing() {
        closing.clear();
    }

    private void close() {
        while (!isClosingSlow && !closing.isEmpty()) {
            instances.onDeviceClosed(closing.poll(), nowMs);
        }
    }

    /** The operator goes on with what the log knows now. */
    void adopt(String... awaited) {
        Map<String, String> nodes = new HashMap<>();
        List.of(awaited).forEach(incarnation -> nodes.put(incarnation, "node of " + incarnation));
        LogEvent adopted = new LogEvent.Adopted(log().number() + (1L << 32), nodes);
        logs.put(UUID, log().after(new Commit(List.of(adopted))));
    }

    /** Decides one round as an owner does; empty for an old copy. */
    Optional<RoundAnswer> decide(Round round) {
        LogState state = logs.getOrDefault(round.uuid(), LogState.unborn());
        Rules rules = new Rules(true, false);
        Optional<DeviceReport> report = Decider.needsDevice(state, rules, round)
                ? Optional.of(device) : Optional.empty();
        Optional<Decision> decision = Decider.decide(state.opened(), requests, rules, round, report);
        if (decision.isEmpty()) {
            return Optional.empty();
        }
        if (!decision.get().events().isEmpty()) {
            state = state.after(new Commit(decision.get().events()));
            state.check();
            logs.put(round.uuid(), state);
        }
        return Optional.of(new RoundAnswer(round.uuid(), round.by(), round.daemonStart(), round.number(),
                state.number(),
                0, state.syncCount(), state.provableHint(), state.lastLoss(), state.health(), decision.get().answer()));
    }

    // --- what the kernel does -------------------------------------------------------------------------------------

    /** The reply to one request; null while it is held. */
    Reply ask(long luid, RequestType type, long... words) {
        return ask(luid, type, words(words));
    }

    Reply ask(long luid, RequestType type, byte[] payload) {
        return askWithSeq(++seq, luid, type, payload);
    }

    Reply askWithSeq(int number, long luid, RequestType type, byte[] payload) {
        return request(new UlogRequest(luid, UUID, 2, number, type.code(), payload));
    }

    /** Nobody listens when the kernel sends one. */
    void requestGetsLost() {
        seq++;
    }

    /** The reply to any request; null while it is held. */
    Reply request(UlogRequest request) {
        replies.remove(request.seq());
        instances.onRequest(request, (r, said) -> replies.putIfAbsent(r.seq(), said), nowMs);
        deliver();
        return replies.get(request.seq());
    }

    /** The reply to the latest request, if it has come by now. */
    Reply latestReply() {
        return replies.get(seq);
    }

    static byte[] words(long... words) {
        ByteBuffer payload = ByteBuffer.allocate(8 * words.length).order(ByteOrder.nativeOrder());
        for (long word : words) {
            payload.putLong(word);
        }
        return payload.array();
    }

    Reply construct(long luid, String string) {
        return ask(luid, RequestType.CTR, string.getBytes(StandardCharsets.ISO_8859_1));
    }

    void pass(long ms) {
        for (long end = nowMs + ms; nowMs < end;) {
            nowMs += 100;
            instances.onTick(nowMs);
            deliver();
        }
    }

    InstanceId id(long luid) {
        return new InstanceId(bootId, luid);
    }
}
