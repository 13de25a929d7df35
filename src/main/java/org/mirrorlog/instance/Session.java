package org.mirrorlog.instance;

import java.util.function.Consumer;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestArguments;
import org.mirrorlog.protocol.RequestType;

/**
 * What a table in use asks. Answered from the instance's own memory where that repeats or gives up what the session
 * holds, or denies; everything else is a round.
 */
final class Session {
    /** So many writes told to wait, and no question for work between them: the kernel is being suspended. */
    private static final int WAITS_OF_HALTED = 3;
    /** A count below all that was heard so long ago may be answered, but then the log is asked for a newer one. */
    private static final long STALE_COUNT_MS = 1_000;
    /**
     * So long without a question for work while the log has some: the kernel's worker is woken, it may have missed it.
     */
    private static final long WAKE_AFTER_MS = 30_000;
    /** No copy of a region takes so long; less than {@link #WAKE_AFTER_MS}, at which the worker is asked anew. */
    private static final long REPORT_LOST_AFTER_MS = 25_000;

    private final LogInstance instance;
    private final Heard heard;
    private final RoundStream rounds;
    private final LazyClears lazy;
    /** Given up in the record, not yet told to the log: the next round carries them. */
    private RegionSet handing = RegionSet.empty();
    /** What the flush under way asked the log to mark. */
    private RegionSet asked = RegionSet.empty();
    /** Writes told to wait since the worker last asked for work. */
    private int waitsWithoutWork;
    private long countAskedAtMs;
    /** When the worker last asked for work, or was woken to do so. */
    private long lastWorkMs;
    /** Whether the log may wait for a copy of the worker's. */
    private boolean mayCopy = true;

    Session(LogInstance instance, Heard heard, RoundStream rounds, LazyClears lazy) {
        this.instance = instance;
        this.heard = heard;
        this.rounds = rounds;
        this.lazy = lazy;
        this.lastWorkMs = instance.nowMs();
    }

    void onCall(Call call) {
        switch (call.type()) {
            case IN_SYNC:
                call.reply(Reply.flag(isInSync(region(call))));
                break;
            case IS_CLEAN:
                // Nobody asks; "no" is true or harmless.
                call.reply(Reply.flag(false));
                break;
            case MARK_REGION:
                mark(regions(call));
                call.reply(Reply.done());
                break;
            case FLUSH:
                mark(regions(call));
                flush(call);
                break;
            case CLEAR_REGION:
                clear(regions(call));
                call.reply(Reply.done());
                break;
            case GET_RESYNC_WORK:
                nextResync(call);
                break;
            case SET_REGION_SYNC:
                setSync(call);
                break;
            case IS_REMOTE_RECOVERING:
                mayWrite(call);
                break;
            default:
                throw new IllegalStateException("not asked within a session: " + call.type());
        }
    }

    private RegionSet regions(Call call) {
        return RegionSet.of(RequestArguments.regions(call.request(), instance.spec().regionCount()).orElseThrow());
    }

    private long region(Call call) {
        return RequestArguments.region(call.request(), instance.spec().regionCount()).orElseThrow();
    }

    /** No reaches the kernel only for what it may write on one leg, or has to ask about before it writes (D8). */
    private boolean isInSync(long region) {
        return instance.memory().isKnownInSync(region);
    }

    // --- marks ----------------------------------------------------------------------------------------------------

    private void mark(RegionSet regions) {
        if (!regions.isEmpty()) {
            instance.remember(new RecordChange.Pending(regions));
            lazy.remove(regions);
        }
    }

    /**
     * Marks that the log does not have yet cost one round; others, held from before, cost nothing (D6). On a failed
     * device even a flush without new marks fails while any are held: success would vouch for them (S2, S22).
     */
    private void flush(Call call) {
        Memory memory = instance.memory();
        if (memory.marks().isEmpty()) {
            call.reply(Reply.done());
        } else if (heard.isCurrent() && memory.held().containsAll(memory.pending())) {
            commit(call, RegionSet.empty());
        } else {
            rounds.add(Task.of(call, () -> askToMark(call), answer -> commit(call, asked)), instance.nowMs());
        }
    }

    private Ask askToMark(Call call) {
        Memory memory = instance.memory();
        asked = memory.pending().minus(memory.held());
        if (!memory.phase().isInSession()) {
            return null;
        }
        if (asked.isEmpty() && heard.isCurrent()) {
            commit(call, asked);
            return null;
        }
        return new Ask.Mark(asked);
    }

    private void commit(Call call, RegionSet marked) {
        Memory memory = instance.memory();
        RegionSet committed = memory.pending().and(memory.held().with(marked));
        if (!committed.isEmpty()) {
            instance.remember(new RecordChange.Committed(committed));
        }
        if (committed.intersects(memory.unknown())) {
            instance.remember(new RecordChange.Learned(committed, false));
        }
        call.reply(heard.health().isFailed() ? Reply.failure(Errno.EIO) : Reply.done());
    }

    private void clear(RegionSet regions) {
        if (!regions.isEmpty()) {
            instance.remember(new RecordChange.Cleared(regions));
            lazy.add(regions);
        }
    }

    /**
     * The clears that the next round carries; with the last one of a session, those still held on go as well. None
     * while every region has to stay marked.
     */
    RegionSet takeClears(boolean isLast) {
        if (isLast) {
            drop(lazy.all());
        }
        RegionSet taken = instance.memory().isExposed() ? RegionSet.empty() : handing;
        handing = RegionSet.empty();
        return taken;
    }

    /** The log has every region marked: the clears that leave only what the kernel may be writing. */
    RegionSet takeAllButMarks() {
        handing = RegionSet.empty();
        return RegionSet.range(0, instance.spec().regionCount()).minus(instance.memory().marks());
    }

    private void drop(RegionSet cleared) {
        if (!cleared.isEmpty()) {
            instance.remember(new RecordChange.Dropped(cleared));
            handing = handing.with(cleared);
        }
    }

    void onTick() {
        drop(lazy.due(instance.nowMs()));
        if (mayCopy && isReportLost() && rounds.isIdle()) {
            mayCopy = false;
            endLostRecovery();
        }
        if (!handing.isEmpty() && rounds.isIdle()) {
            rounds.add(Task.own(() -> handing.isEmpty() ? null : new Ask.HandOn(), answer -> { }), instance.nowMs());
        }
        if (instance.nowMs() - lastWorkMs >= WAKE_AFTER_MS) {
            lastWorkMs = instance.nowMs();
            if (isWorkPossible()) {
                instance.wake();
            }
        }
    }

    /** The kernel asks for nothing once its hint covers all (K1), and copies one region at a time. */
    private boolean isWorkPossible() {
        Memory memory = instance.memory();
        long all = instance.spec().regionCount();
        return memory.phase() == Phase.ACTIVE && memory.slot() < 0 && memory.hint() < all && heard.isCurrent()
                && heard.syncCount() < all;
    }

    /**
     * Gives up marks that are only held on after their CLEAR: they leave the record before anybody is told (D6).
     * Regions that were marked again are not among them, flushed or not.
     */
    void giveUp(RegionSet regions) {
        Memory memory = instance.memory();
        RegionSet given = memory.cleared().and(regions).minus(memory.pending());
        if (memory.phase().isInSession() && !given.isEmpty()) {
            lazy.remove(given);
            drop(given);
            handOn();
        }
    }

    /**
     * A round that tells nothing but the clears that wait, if any; where one is under way, the owner hears that one.
     */
    void handOn() {
        if (!rounds.isIdle()) {
            return;
        }
        rounds.add(Task.own(() -> instance.memory().phase().isInSession() ? new Ask.HandOn() : null, answer -> { }),
                instance.nowMs());
    }

    // --- resync ---------------------------------------------------------------------------------------------------

    private void nextResync(Call call) {
        mayCopy = true;
        waitsWithoutWork = 0;
        lastWorkMs = instance.nowMs();
        boolean isNothingUnsynced = heard.syncCount() == instance.spec().regionCount();
        if (instance.memory().phase() == Phase.PRESUSPENDED || isNothingUnsynced) {
            call.reply(Reply.noWork());
            return;
        }
        ask(call, new Ask.NextResync(), answer -> {
            if (answer.answer() instanceof Answer.Work work) {
                if (instance.memory().slot() != work.region()) {
                    instance.remember(new RecordChange.Slot(work.region()));
                }
                call.reply(Reply.work(work.region()));
            } else {
                call.reply(Reply.noWork());
            }
        });
    }

    private void setSync(Call call) {
        RequestArguments.RegionSync set =
                RequestArguments.regionSync(call.request(), instance.spec().regionCount()).orElseThrow();
        ask(call, new Ask.SetSync(set.region(), set.isInSync()), answer -> {
            RegionSet region = RegionSet.of(set.region());
            boolean isSynced = answer.answer() instanceof Answer.SyncSet told && told.isInSync();
            if (instance.memory().slot() == set.region()) {
                instance.remember(new RecordChange.Slot(-1));
            }
            if (!set.isInSync()) {
                instance.remember(new RecordChange.Hinted(0, region));
            } else if (isSynced) {
                instance.remember(new RecordChange.Learned(region, true));
            }
            call.reply(Reply.done());
        });
    }

    /**
     * Whether the kernel recovers nothing until it is resumed. Its PRESUSPEND may have found nobody listening, and is
     * not repeated (D17); but a worker that may recover asks for work before each write that waits, so one that only
     * waits may not. To be wrong costs a grant, no more.
     */
    private boolean isHalted() {
        Memory memory = instance.memory();
        boolean copiesNothing = memory.slot() < 0 || isReportLost();
        return memory.phase() == Phase.PRESUSPENDED || copiesNothing && waitsWithoutWork >= WAITS_OF_HALTED;
    }

    /**
     * The kernel's report of a copied region may be what an interrupted reconnect has failed. To be wrong is harmless:
     * nobody else is given a region while all are marked.
     */
    private boolean isReportLost() {
        return instance.exposure().isInterrupted() && instance.nowMs() - lastWorkMs >= REPORT_LOST_AFTER_MS;
    }

    /** Other machines' writes of that region wait for its end. The record may not know of it. */
    private void endLostRecovery() {
        rounds.add(Task.ofSession(
                () -> instance.memory().phase().isInSession() && isReportLost() ? new Ask.Halt() : null, answer -> {
                    if (instance.memory().slot() >= 0) {
                        instance.remember(new RecordChange.Slot(-1));
                    }
                }), instance.nowMs());
    }

    /** A known region's "go ahead" repeats what the session holds, with its own hint (D7); a higher hint is a round. */
    private void mayWrite(Call call) {
        long region = region(call);
        Memory memory = instance.memory();
        boolean isHeld = memory.isKnownInSync(region) || memory.grants().contains(region);
        if (isHeld && memory.slot() != region && heard.provableHint() <= memory.hint()) {
            call.reply(Reply.remoteRecovering(false, memory.hint()));
            return;
        }
        ask(call, new Ask.MayWrite(region, isHalted()), answer -> {
            if (answer.answer() instanceof Answer.Write write) {
                boolean grantsIt = write.isGrant();
                if (!grantsIt && instance.memory().unknown().contains(region)) {
                    instance.remember(new RecordChange.Learned(RegionSet.of(region), false));
                }
                RegionSet granted = grantsIt ? write.passed().with(region) : write.passed();
                if (write.hint() > instance.memory().hint() || !instance.memory().grants().containsAll(granted)) {
                    instance.remember(new RecordChange.Hinted(write.hint(), granted));
                }
                call.reply(Reply.remoteRecovering(false, instance.memory().hint()));
            } else {
                waitsWithoutWork++;
                call.reply(Reply.remoteRecovering(true, instance.memory().hint()));
            }
        });
    }

    void syncCount(Call call) {
        long all = instance.spec().regionCount();
        if (heard.isCurrent() && heard.syncCount() < all) {
            call.reply(Reply.number(heard.syncCount()));
            refreshCount();
        } else if (heard.mayRepeatAllInSync()) {
            call.reply(Reply.number(all));
        } else {
            ask(call, new Ask.SyncCount(), answer -> {
                if (answer.answer() instanceof Answer.AllInSync) {
                    heard.allInSync();
                    instance.remember(new RecordChange.Hinted(all, RegionSet.empty()));
                    call.reply(Reply.number(all));
                } else {
                    call.reply(Reply.number(Math.min(heard.syncCount(), all - 1)));
                }
            });
        }
    }

    /** Others may have ended the resync: a machine without writes of its own would never hear of it. */
    private void refreshCount() {
        if (instance.nowMs() - countAskedAtMs >= STALE_COUNT_MS && rounds.isIdle()) {
            countAskedAtMs = instance.nowMs();
            rounds.add(Task.own(Ask.HandOn::new, answer -> { }), instance.nowMs());
        }
    }

    private void ask(Call call, Ask ask, Consumer<RoundAnswer> finish) {
        rounds.add(Task.of(call, () -> instance.memory().phase().isInSession() ? ask : null, finish), instance.nowMs());
    }

    // --- outside a session ----------------------------------------------------------------------------------------

    /**
     * A request that trails the suspend, or one that proves the table resumed: its RESUME found nobody listening and is
     * not repeated (D17). To refuse it would fail the worker, whose IN_SYNC would read as "no".
     *
     * @param join joins the log and then serves the request
     */
    void onCallWithoutSession(Call call, Consumer<Call> join) {
        if (!onCallWhileLeaving(call)) {
            join.accept(call);
        }
    }

    /** CLEAR is taken and handed on (D13), FLUSH without marks promises nothing; the others are held. */
    boolean onCallWhileLeaving(Call call) {
        // Nobody knows what a table without a record has marked and not flushed (D15).
        boolean isEmptyFlush = call.isEmptyFlush() && instance.memory().pending()
                .isEmpty() && !instance.memory().isLost();
        if (call.type() == RequestType.CLEAR_REGION) {
            RegionSet regions = regions(call);
            if (instance.memory().session() > 0 && !regions.isEmpty()) {
                instance.remember(new RecordChange.Cleared(regions));
                drop(regions);
            }
            call.reply(Reply.done());
            return true;
        }
        if (isEmptyFlush) {
            call.reply(Reply.done());
        }
        return isEmptyFlush;
    }

    // --- begin ----------------------------------------------------------------------------------------------------

    /** A real RESUME: marks of the older session went with it. */
    void begin() {
        countAskedAtMs = instance.nowMs();
        lazy.all();
        handing = RegionSet.empty();
        asked = RegionSet.empty();
        heard.sessionBegan();
    }

    /** After a restart of the daemon: marks that were held on lazily age anew. */
    void takeUp() {
        lazy.add(instance.memory().cleared());
    }
}
