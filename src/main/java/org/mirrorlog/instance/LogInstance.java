package org.mirrorlog.instance;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestArguments;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/**
 * One table of the kernel: its life from CTR to DTR (protocol 3.3). What is asked within a session is answered by
 * {@link Session}.
 */
final class LogInstance {
    private final InstanceKey key;
    private final LogSpec spec;
    private final String constructor;
    private final Machine machine;
    private final InstanceRecord record;
    private final InstanceEnvironment surroundings;
    private final LongSupplier roundNumbers;
    private final Predicate<LogInstance> isReplaced;
    private final Remains remains;
    private final Sleepers sleepers;
    private final LastKnownLog heard;
    private final RoundStream rounds;
    private final Session session;
    private final ReconnectGuard guard;
    private final InstanceLifecycle life;
    private final String diskWord;
    private Optional<OpenedDevice> device = Optional.empty();
    private Memory memory;
    private boolean isOpening;
    private boolean wasWorkerHeard;
    private int workerSeq;
    private long nowMs;

    LogInstance(InstanceKey key, LogSpec spec, String constructor, Memory memory, InstanceRecord record,
            Context context) {
        this.key = key;
        this.spec = spec;
        this.constructor = constructor;
        this.memory = memory;
        this.record = record;
        this.machine = context.machine();
        this.surroundings = context.surroundings();
        this.roundNumbers = context.roundNumbers();
        this.isReplaced = context.isReplaced();
        this.remains = context.remains();
        this.sleepers = context.sleepers();
        this.diskWord = context.tuning().diskWord();
        this.nowMs = context.nowMs();
        this.heard = new LastKnownLog(key.uuid(), context.numbers(),
                memory.phase().isInSession() || memory.phase() == Phase.LEAVING);
        this.rounds = new RoundStream(context, heard, this::number, this::rejoining);
        this.session = new Session(this, heard, rounds, new LazyClears(context.tuning().lazyClearMs(), nowMs));
        this.guard = new ReconnectGuard(this, rounds, context.gaps());
        this.life = new InstanceLifecycle(this, rounds, session, guard);
    }

    private Task rejoining() {
        return life.rejoining();
    }

    /** What all instances of a daemon share. */
    record Context(Machine machine, Tuning tuning, InstanceEnvironment surroundings, LongSupplier roundNumbers,
            RoundCounters costs,
                   Consumer<InstanceKey> condemn, Predicate<LogInstance> isReplaced, LongSupplier gaps,
                   Remains remains, Sleepers sleepers, HeardNumbers numbers, long nowMs) { }

    /**
     * This table once more, with what its record says; it still knows its device, and which of the kernel's requests
     * were given up. A record that is gone or damaged is written anew: what the kernel was told is remembered here.
     *
     * @throws IOException the record cannot be read now; or unchecked, it cannot be written
     */
    LogInstance anew(InstanceRecord.Store records, Context context) throws IOException {
        InstanceRecord kept = record;
        Memory stored;
        try {
            stored = record.readAnew();
        } catch (NoSuchFileException | IllegalArgumentException e) {
            stored = memory;
            kept = records.create(key, constructor, memory);
            warn("its record was gone or damaged, and is written anew: " + e.getMessage());
        }
        LogInstance anew = new LogInstance(key, spec, constructor, stored, kept, context);
        anew.device = device;
        anew.wasWorkerHeard = wasWorkerHeard;
        anew.workerSeq = workerSeq;
        return anew;
    }

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

    LastKnownLog heard() {
        return heard;
    }

    Optional<OpenedDevice> device() {
        return device;
    }

    long nowMs() {
        return nowMs;
    }

    boolean isGone() {
        return life.destruction().isGone();
    }

    boolean wasEverResumed() {
        return memory.session() != 0 || memory.phase() != Phase.SUSPENDED;
    }

    /** Whether another table of this log has taken its place for good; only meaningful while it is suspended. */
    boolean isReplaced() {
        return isReplaced.test(this);
    }

    void opened(OpenedDevice opened) {
        device = Optional.of(opened);
        isOpening = false;
    }

    void openRefused() {
        isOpening = false;
    }

    boolean hasItsDevice() {
        return spec.device().isEmpty() || device.isPresent();
    }

    /** Has the log device opened, or tries once more, if a former daemon's table has it not. */
    boolean isWithoutDevice() {
        if (!hasItsDevice() && !isOpening) {
            isOpening = true;
            surroundings.reopenDevice(key, spec);
        }
        return !hasItsDevice();
    }

    /** What its requests wait for, for people. */
    String waitsFor(long nowMs) {
        if (isOpening) {
            return "its log device is being opened";
        }
        String rounds = this.rounds.waitsFor(nowMs);
        return !rounds.isEmpty() ? rounds : memory.phase().isInSession() ? "not known"
                : "it is " + memory.phase().name().toLowerCase(java.util.Locale.ROOT);
    }

    void wake() {
        surroundings.wake(key);
    }

    /** Now, and again until it is in use. */
    void wakeUntilUsed() {
        sleepers.wake(key, nowMs);
    }

    Machine machine() {
        return machine;
    }

    void warn(String incident) {
        surroundings.warn(key, incident);
    }

    /** The change is in the record first, then in memory; then the kernel may hear of it. */
    void remember(RecordChange change) {
        record.append(change);
        memory = memory.after(change);
    }

    private Round number(Ask ask) {
        return new Round(key.uuid(), new InstanceId(machine.incarnation(), key.luid()), machine.node(),
                machine.daemonStart(),
                memory.session(), roundNumbers.getAsLong(), heard.logNumber(), heard.term(),
                clears(ask), ask);
    }

    private RegionSet clears(Ask ask) {
        if (ask instanceof Ask.Resume || ask instanceof Ask.Rejoin) {
            return RegionSet.empty();
        }
        return ask instanceof Ask.Conceal ? session.takeAllButMarks() : session.takeClears(ask instanceof Ask.Leave);
    }

    // --- requests -------------------------------------------------------------------------------------------------

    /** @param isNewest whether the kernel has sent no later request than this, for whatever table */
    void onCall(Call call, boolean isNewest, long now) {
        nowMs = now;
        Optional<String> problem = RequestArguments.problem(call.request(), spec.regionCount());
        if (problem.isPresent()) {
            warn("seq " + Integer.toUnsignedString(call.request().seq()) + ": " + problem.get());
            call.reply(Reply.failure(Errno.EINVAL));
            return;
        }
        if (call.isWorkersAlone() && isLate(call.request(), isNewest)) {
            return;
        }
        switch (call.type()) {
            case PRESUSPEND:
                life.presuspend(call);
                break;
            case POSTSUSPEND:
                life.postsuspend(call);
                break;
            case RESUME:
                life.resume(call);
                break;
            case DTR:
                life.destroy(() -> call.reply(Reply.done()));
                break;
            case GET_REGION_SIZE:
                call.reply(Reply.number(spec.regionSizeSectors()));
                break;
            case STATUS_INFO: case STATUS_TABLE:
                call.reply(Reply.text(Status.text(call.type(), this, diskWord)));
                break;
            case GET_SYNC_COUNT:
                syncCount(call);
                break;
            default:
                inSession(call);
        }
    }

    /** A copy that the kernel has given up: a newer one of the same thread was here already (2.3). */
    private boolean isLate(UlogRequest request, boolean isNewest) {
        if (wasWorkerHeard && !isNewest && request.seq() - workerSeq <= 0) {
            return true;
        }
        wasWorkerHeard = true;
        workerSeq = request.seq();
        return false;
    }

    private void inSession(Call call) {
        if (call.type() == RequestType.IS_CLEAN && !memory.phase().isInSession()) {
            // Nobody has said so after the question arrived, and "no" is never wrong.
            call.reply(Reply.flag(false));
            return;
        }
        switch (memory.phase()) {
            case ACTIVE: case PRESUSPENDED:
                session.onCall(call);
                break;
            case SUSPENDED:
                session.onCallWithoutSession(call, life::joinForWorker);
                break;
            case LEAVING:
                session.onCallWhileLeaving(call);
                break;
            default:
                // JOINING and DESTROYING hold: the kernel asks again.
        }
    }

    private void syncCount(Call call) {
        if (memory.phase().isInSession()) {
            session.syncCount(call);
        } else if (memory.session() <= 0) {
            call.reply(Reply.number(0));
        } else {
            // Without a session never "all": it is a hint (S13), and the kernel may run, for its RESUME may have been
            // lost.
            call.reply(Reply.number(Math.min(heard.syncCount(), spec.regionCount() - 1)));
        }
    }

    // --- start, end -----------------------------------------------------------------------------------------------

    ReconnectGuard guard() {
        return guard;
    }

    InstanceLifecycle life() {
        return life;
    }

    /** After a restart of the daemon: takes up what the record says, unasked (D14). */
    void restore(long now) {
        nowMs = now;
        life.restore();
    }

    /** The owner hears of this table if it is in use. */
    void greet(long now) {
        nowMs = now;
        if (memory.phase().isInSession()) {
            session.handOn();
        }
    }

    /** The table is gone: what it has open is closed; {@link #closed} follows. */
    void closeDevice() {
        if (spec.device().isPresent()) {
            surroundings.closeDevice(key);
        } else {
            life.destruction().deviceClosed();
        }
    }

    /** Whether the table is gone for the log, and only its device is left. */
    boolean isClosing() {
        return life.destruction().isClosing();
    }

    void closed(long now) {
        nowMs = now;
        life.destruction().deviceClosed();
    }

    /** Nothing of this table is left on the machine. */
    void vanish() {
        remains.delete(key, record, nowMs);
    }

    /** The daemon stops; the record stays. */
    void close() {
        record.close();
    }

    void onAnswer(RoundAnswer answer, long now) {
        nowMs = now;
        rounds.onAnswer(answer, now);
    }

    void onNotice(Notice notice, long now) {
        nowMs = now;
        if (notice instanceof Notice.GiveUp giveUp) {
            session.giveUp(giveUp.regions());
        } else if (notice instanceof Notice.Reactivate && memory.phase() == Phase.ACTIVE) {
            surroundings.reactivate(key);
        } else if (notice instanceof Notice.Wake && memory.phase() == Phase.ACTIVE) {
            surroundings.wake(key);
        }
    }

    void resend(long now) {
        nowMs = now;
        rounds.resend(now);
    }

    void onTick(long now) {
        nowMs = now;
        session.onTick();
        guard.onTick();
        rounds.onTick(now);
        life.destruction().onTick();
    }
}
