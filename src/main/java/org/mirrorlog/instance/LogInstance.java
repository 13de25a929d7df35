package org.mirrorlog.instance;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestArguments;
import org.mirrorlog.protocol.UlogRequest;

/**
 * One table of the kernel: its life from CTR to DTR (protocol 3.3). What is asked within a session is answered by
 * {@link Session}.
 */
final class LogInstance {
    private static final int MOST_COPIES = 8;

    private final InstanceKey key;
    private final LogSpec spec;
    private final String constructor;
    private final Machine machine;
    private final InstanceRecord record;
    private final Surroundings surroundings;
    private final LongSupplier roundNumbers;
    private final Heard heard = new Heard();
    private final RoundStream rounds;
    private final Session session;
    private Optional<OpenedDevice> device = Optional.empty();
    private Memory memory;
    private boolean isRecordLost;
    private boolean isResumeOfReconnect;
    private boolean isResumeDoubtful;
    private boolean wasWorkerHeard;
    private int workerSeq;
    private long nowMs;
    private boolean isGone;
    private final Deque<Call> resumers = new ArrayDeque<>();
    private final Deque<Call> leavers = new ArrayDeque<>();

    LogInstance(InstanceKey key, LogSpec spec, String constructor, Memory memory, InstanceRecord record, Context context) {
        this.key = key;
        this.spec = spec;
        this.constructor = constructor;
        this.memory = memory;
        this.record = record;
        this.machine = context.machine();
        this.surroundings = context.surroundings();
        this.roundNumbers = context.roundNumbers();
        this.nowMs = context.nowMs();
        this.rounds = new RoundStream(context, heard, this::number, this::rejoining);
        this.session = new Session(this, heard, rounds, new LazyClears(context.tuning().lazyClearMs(), nowMs));
    }

    /** What all instances of a daemon share. */
    record Context(Machine machine, Tuning tuning, Surroundings surroundings, LongSupplier roundNumbers, Costs costs,
                   long nowMs) { }

    // --- what the session and the daemon look at ------------------------------------------------------------------

    InstanceKey key() {
        return key;
    }

    LogSpec spec() {
        return spec;
    }

    String constructor() {
        return constructor;
    }

    Memory memory() {
        return memory;
    }

    Heard heard() {
        return heard;
    }

    Optional<OpenedDevice> device() {
        return device;
    }

    long nowMs() {
        return nowMs;
    }

    boolean isGone() {
        return isGone;
    }

    boolean wasEverResumed() {
        return memory.session() > 0 || memory.phase() != Phase.SUSPENDED;
    }

    void opened(OpenedDevice opened) {
        device = Optional.of(opened);
    }

    void warn(String incident) {
        surroundings.warn(key, incident);
    }

    /** The change is in the record first, then in memory; then the kernel may hear of it. */
    void remember(RecordChange change) {
        record.append(change);
        memory = memory.after(change);
    }

    private void reach(Phase phase) {
        remember(new RecordChange.Reached(phase));
    }

    private Round number(Ask ask) {
        boolean carriesClears = !(ask instanceof Ask.Resume || ask instanceof Ask.Rejoin);
        return new Round(key.uuid(), new InstanceId(machine.incarnation(), key.luid()), machine.node(), machine.jvm(),
                memory.session(), roundNumbers.getAsLong(), heard.logNumber(),
                carriesClears ? session.takeClears(ask instanceof Ask.Leave) : RegionSet.empty(), ask);
    }

    // --- requests -------------------------------------------------------------------------------------------------

    void onCall(Call call, long now) {
        nowMs = now;
        Optional<String> problem = RequestArguments.problem(call.request(), spec.regionCount());
        if (problem.isPresent()) {
            warn("seq " + Integer.toUnsignedString(call.request().seq()) + ": " + problem.get());
            call.reply(Reply.failure(Errno.EINVAL));
            return;
        }
        if (call.isWorkersAlone() && isLate(call.request())) {
            return;
        }
        switch (call.type()) {
            case PRESUSPEND:
                presuspend(call);
                break;
            case POSTSUSPEND:
                postsuspend(call);
                break;
            case RESUME:
                resume(call);
                break;
            case DTR:
                destroy(() -> call.reply(Reply.done()));
                break;
            case GET_REGION_SIZE:
                call.reply(Reply.number(spec.regionSizeSectors()));
                break;
            case STATUS_INFO: case STATUS_TABLE:
                call.reply(Reply.text(Status.text(call.type(), this)));
                break;
            case GET_SYNC_COUNT:
                syncCount(call);
                break;
            default:
                inSession(call);
        }
    }

    /** A copy that the kernel has given up: a newer one of the same thread was here already (2.3). */
    private boolean isLate(UlogRequest request) {
        if (wasWorkerHeard && request.seq() - workerSeq <= 0) {
            return true;
        }
        wasWorkerHeard = true;
        workerSeq = request.seq();
        return false;
    }

    private void inSession(Call call) {
        switch (memory.phase()) {
            case ACTIVE: case PRESUSPENDED:
                session.onCall(call);
                break;
            case SUSPENDED:
                session.onCallWithoutSession(call, isResumeDoubtful ? this::joinForWorker : null);
                break;
            case LEAVING:
                session.onCallWhileLeaving(call);
                break;
            default:
                // JOINING and DESTROYING hold: the kernel asks again.
        }
    }

    /** The kernel works on a table whose RESUME did not reach us: it is resumed, so join. The request comes again. */
    private void joinForWorker() {
        isResumeDoubtful = false;
        join();
    }

    private void syncCount(Call call) {
        if (memory.phase().isInSession()) {
            session.syncCount(call);
        } else if (memory.session() == 0) {
            call.reply(Reply.number(0));
        } else {
            // While a session begins or ends, "all" would be a hint for the other one (D4).
            long most = memory.phase() == Phase.SUSPENDED ? spec.regionCount() : spec.regionCount() - 1;
            call.reply(Reply.number(Math.min(heard.syncCount(), most)));
        }
    }

    // --- suspend --------------------------------------------------------------------------------------------------

    private void presuspend(Call call) {
        if (memory.phase() == Phase.SUSPENDED) {
            call.reply(Reply.failure(Errno.EINVAL));
            return;
        }
        if (memory.phase() == Phase.ACTIVE) {
            reach(Phase.PRESUSPENDED);
        }
        if (memory.slot() < 0) {
            call.reply(Reply.done());
            return;
        }
        rounds.add(Task.of(call, () -> memory.phase() == Phase.PRESUSPENDED ? new Ask.Halt() : null, answer -> {
            remember(new RecordChange.Slot(-1));
            call.reply(Reply.done());
        }), nowMs);
    }

    private void postsuspend(Call call) {
        if (memory.phase() == Phase.SUSPENDED) {
            call.reply(Reply.done());
            return;
        }
        await(leavers, call);
        if (memory.phase().isInSession() || memory.phase() == Phase.JOINING) {
            resumers.clear();
            leave();
        }
    }

    private void leave() {
        rounds.dropCalls();
        reach(Phase.LEAVING);
        rounds.add(Task.own(() -> memory.phase() == Phase.LEAVING ? new Ask.Leave() : null, answer -> {
            remember(new RecordChange.Slot(-1));
            reach(Phase.SUSPENDED);
            replyAll(leavers, Reply.done());
            if (!resumers.isEmpty()) {
                join();
            }
        }), nowMs);
    }

    /** Copies of one request wait together; the kernel has given up all but the newest. */
    private static void await(Deque<Call> copies, Call call) {
        copies.addLast(call);
        if (copies.size() > MOST_COPIES) {
            copies.removeFirst();
        }
    }

    private static void replyAll(Deque<Call> copies, Reply reply) {
        copies.forEach(call -> call.reply(reply));
        copies.clear();
    }

    // --- resume ---------------------------------------------------------------------------------------------------

    private void resume(Call call) {
        switch (memory.phase()) {
            case PRESUSPENDED:
                reach(Phase.ACTIVE);
                call.reply(Reply.done());
                break;
            case ACTIVE:
                call.reply(Reply.done());
                break;
            case SUSPENDED:
                resumeSuspended(call);
                break;
            case JOINING: case LEAVING:
                await(resumers, call);
                break;
            default:
                // DESTROYING: the table is gone; nobody waits for this.
        }
    }

    private void resumeSuspended(Call call) {
        if (isResumeOfReconnect) {
            // Not a real RESUME: the kernel reconnects before it asks a table that is not in use for its status.
            isResumeOfReconnect = false;
            isResumeDoubtful = true;
            call.reply(Reply.done());
            return;
        }
        await(resumers, call);
        if (isRecordLost) {
            rejoinWithoutRecord();
        } else {
            join();
        }
    }

    private void join() {
        rounds.dropCalls();
        reach(Phase.JOINING);
        rounds.add(Task.own(() -> memory.phase() == Phase.JOINING ? new Ask.Resume(spec) : null, answer -> {
            if (answer.answer() instanceof Answer.Joined joined) {
                isResumeDoubtful = false;
                begin(joined, false);
                replyAll(resumers, resumed());
            } else if (memory.phase() == Phase.JOINING) {
                // An older table of this address used up this number: ask under a new one.
                join();
            }
        }), nowMs);
    }

    private Reply resumed() {
        return heard.health().isFailed() ? Reply.failure(Errno.EIO) : Reply.done();
    }

    /** A session begins: whatever belonged to the older one is over. */
    private void begin(Answer.Joined joined, boolean holdsEverything) {
        RegionSet none = RegionSet.empty();
        RegionSet held = holdsEverything ? RegionSet.range(0, spec.regionCount()) : none;
        boolean isEnding = memory.phase() == Phase.LEAVING || memory.phase() == Phase.DESTROYING;
        session.begin();
        remember(new RecordChange.Whole(new Memory(isEnding ? memory.phase() : Phase.ACTIVE, joined.session(),
                joined.unsynced(), joined.hint(), joined.grants(), -1, none, held, none)));
    }

    /** The kernel runs a table that we have no record of (D15). */
    private void rejoinWithoutRecord() {
        warn("the kernel runs this table, but its record is missing: every region counts as marked until it is suspended");
        isRecordLost = false;
        reach(Phase.JOINING);
        rounds.add(Task.own(this::rejoinUnrecorded, answer -> {
            if (answer.answer() instanceof Answer.Joined joined) {
                begin(joined, true);
            } else if (memory.phase() == Phase.JOINING) {
                reach(Phase.SUSPENDED);
                isResumeDoubtful = true;
            }
            replyAll(resumers, resumed());
        }), nowMs);
    }

    private Ask rejoinUnrecorded() {
        return new Ask.Rejoin(spec, 0, RegionSet.empty(), 0, memory.grants());
    }

    /** The owner does not know our session under this daemon start: say what the kernel holds. */
    private Task rejoining() {
        return Task.own(() -> memory.phase().isInSession() ? new Ask.Rejoin(spec, memory.session(), memory.marks(),
                memory.hint(), memory.grants()) : null, answer -> {
                    if (answer.answer() instanceof Answer.Joined joined) {
                        remember(new RecordChange.Hinted(joined.hint(), joined.grants()));
                    } else {
                        warn("the log does not know session " + memory.session() + " of this running table");
                        rejoinWithoutSession();
                    }
                });
    }

    private void rejoinWithoutSession() {
        rounds.addFirst(Task.own(this::rejoinUnrecorded, answer -> {
            if (answer.answer() instanceof Answer.Joined joined) {
                begin(joined, true);
            } else {
                warn("the log has no session for this running table; its requests are held until it is resumed anew");
                reach(Phase.SUSPENDED);
                isResumeDoubtful = true;
            }
        }));
    }

    // --- start, end -----------------------------------------------------------------------------------------------

    /** CTR came again while this table is known. */
    void reconstructed(boolean isReconnect) {
        isResumeOfReconnect = isReconnect && memory.phase() == Phase.SUSPENDED;
    }

    /** CTR of a table that the kernel has had for long, but we have not (D15). */
    void constructedByReconnect() {
        isRecordLost = true;
    }

    /** After a restart of the daemon: takes up what the record says, unasked (D14). */
    void takeUp(long now) {
        nowMs = now;
        session.takeUp();
        switch (memory.phase()) {
            case ACTIVE: case PRESUSPENDED:
                rounds.add(rejoining(), nowMs);
                break;
            case JOINING:
                join();
                break;
            case LEAVING:
                leave();
                break;
            case DESTROYING:
                destroy(() -> { });
                break;
            default:
                // Suspended: the log need not hear of it.
        }
    }

    /** The table is destroyed; afterwards the instance is gone. Without a session nobody else hears of it. */
    void destroy(Runnable afterwards) {
        rounds.dropCalls();
        resumers.clear();
        leavers.clear();
        if (memory.phase() != Phase.DESTROYING && wasEverResumed()) {
            reach(Phase.DESTROYING);
        }
        rounds.add(Task.own(() -> {
            if (memory.phase() == Phase.DESTROYING && !isGone) {
                return new Ask.Forget();
            }
            vanish(afterwards);
            return null;
        }, answer -> vanish(afterwards)), nowMs);
    }

    private void vanish(Runnable afterwards) {
        if (!isGone) {
            isGone = true;
            surroundings.closeDevice(key);
            record.destroy();
        }
        afterwards.run();
    }

    /** The daemon stops; the record stays. */
    void close() {
        record.close();
    }

    void onAnswer(RoundAnswer answer, long now) {
        nowMs = now;
        rounds.onAnswer(answer, now);
    }

    void onTick(long now) {
        nowMs = now;
        session.onTick();
        rounds.onTick(now);
    }
}
