package org.mirrorlog.instance;

import java.util.function.Consumer;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestArguments;

/** What a table in use asks about recovery: for work, whether a write has to wait for a copy, how much is in sync. */
final class ResyncHandler {
    /** So many writes told to wait, and no question for work between them: the kernel is being suspended. */
    private static final int WAITS_OF_HALTED = 3;
    /** A count below all that was heard so long ago may be answered, but then the log is asked for a newer one. */
    private static final long STALE_COUNT_MS = 1_000;
    /**
     * So long without a question for work while the log has some: the kernel's worker is woken, it may have missed it.
     */
    private static final long WAKE_AFTER_MS = 30_000;
    /**
     * So long this kernel waits for its own copy whose report an interrupted reconnect may have failed, from when its
     * worker last asked: most copies take less, and to take one that goes on for a lost one costs a grant. No write
     * waits longer than that, and no second one waits at all.
     */
    private static final long REPORT_LOST_AFTER_MS = 10_000;

    private final LogInstance instance;
    private final LastKnownLog heard;
    private final RoundStream rounds;
    /** Writes told to wait since the worker last asked for work. */
    private int waitsWithoutWork;
    private long countAskedAtMs;
    /** When the worker last asked for work. */
    private long askedMs;
    /** When it did, or was woken to do so. */
    private long lookedAtMs;

    ResyncHandler(LogInstance instance, LastKnownLog heard, RoundStream rounds) {
        this.instance = instance;
        this.heard = heard;
        this.rounds = rounds;
        this.askedMs = instance.nowMs();
        this.lookedAtMs = askedMs;
    }

    /** A real RESUME. */
    void begin() {
        countAskedAtMs = instance.nowMs();
    }

    void onTick() {
        if (instance.nowMs() - lookedAtMs >= WAKE_AFTER_MS) {
            lookedAtMs = instance.nowMs();
            if (isWorkPossible()) {
                instance.wake();
            }
        }
    }

    /**
     * The kernel asks for nothing once its hint covers all (K1), nor while it copies a region. But behind an
     * interrupted reconnect the report of one may have got lost, or the record of its hint: only the worker knows. It
     * is given the same region again, and others wait no longer.
     */
    private boolean isWorkPossible() {
        Memory memory = instance.memory();
        long all = instance.spec().regionCount();
        boolean mayAsk = memory.slot() < 0 && memory.hint() < all || instance.guard().isInterrupted();
        return memory.phase() == Phase.ACTIVE && mayAsk && heard.isCurrent() && heard.syncCount() < all;
    }

    void nextResync(Call call) {
        waitsWithoutWork = 0;
        askedMs = instance.nowMs();
        lookedAtMs = askedMs;
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

    void setSync(Call call) {
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
            } else if (set.region() >= instance.memory().hint() && instance.memory().grants().contains(set.region())) {
                // The kernel has copied it and asks anew; the log may have believed that once, and ended the grant.
                instance.remember(new RecordChange.Whole(instance.memory().withoutGrants(region)));
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

    /** The kernel's report of a copied region may be what an interrupted reconnect has failed. */
    private boolean isReportLost() {
        return instance.guard().isInterrupted() && instance.nowMs() - askedMs >= REPORT_LOST_AFTER_MS;
    }

    /** A known region's "go ahead" repeats what the session holds, with its own hint (D7); a higher hint is a round. */
    void mayWrite(Call call, long region) {
        Memory memory = instance.memory();
        boolean isHeld = memory.isKnownInSync(region) || memory.grants().contains(region);
        if (isHeld && memory.slot() != region && heard.provableHint() <= memory.hint()) {
            call.reply(Reply.remoteRecovering(false, toldHint()));
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
                call.reply(Reply.remoteRecovering(false, toldHint()));
            } else {
                waitsWithoutWork++;
                call.reply(Reply.remoteRecovering(true, toldHint()));
            }
        });
    }

    /**
     * The recorded hint (D7); or less, if that is only what an unknown kernel may have: told "all", it would never ask
     * for work again (K1), nor copy anew what it has reported in vain.
     */
    private long toldHint() {
        long recorded = instance.memory().hint();
        return instance.guard().isInterrupted() ? Math.min(recorded, heard.provableHint()) : recorded;
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
}
