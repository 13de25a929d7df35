package org.mirrorlog.emulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * kmirrord of one mirror. Each time it is woken it makes one pass: it reports ended recoveries and clears, looks for
 * recovery work, counts while the mirror is not known in sync, then does reads, writes and failed writes that were
 * queued when the pass began. It has one request open at a time, and while that is unanswered nothing of this mirror
 * moves.
 */
final class Worker {
    private final EmulatedMachine machine;
    private final EmulatedMirror mirror;
    private final LogClient log;
    private final RegionHash regions;
    private final boolean isHandlingErrors;
    private final boolean isKeepingLog;
    private final KernelTask task;
    private final List<Runnable> whenIdle = new ArrayList<>();
    private boolean isQueued;
    private boolean isBusy;
    private boolean hasLogFailure;
    private long curiousAbout;

    Worker(EmulatedMachine machine, EmulatedMirror mirror) {
        this.machine = machine;
        this.mirror = mirror;
        this.log = mirror.log();
        this.regions = mirror.regions();
        this.isHandlingErrors = mirror.table().isHandlingErrors();
        this.isKeepingLog = mirror.table().isKeepingLog();
        this.task = new KernelTask("kmirrord " + log.uuid());
    }

    /** One more pass, after the present one if there is one. */
    void wake() {
        if (!isQueued) {
            isQueued = true;
            if (!isBusy) {
                machine.soon(this::start);
            }
        }
    }

    /** Runs the action when no pass is under way or queued. */
    void whenIdle(Runnable then) {
        if (isBusy || isQueued) {
            whenIdle.add(then);
        } else {
            then.run();
        }
    }

    /** K5. */
    boolean hasLogFailure() {
        return hasLogFailure;
    }

    void flushed(int error) {
        hasLogFailure |= error != 0;
    }

    KernelTask task() {
        return task;
    }

    String waitsFor() {
        return task.waitingFor() == null ? "nothing" : task.waitingFor().toString();
    }

    private void start() {
        isBusy = true;
        isQueued = false;
        task.then(this::pass);
    }

    private void pass() {
        EmulatedMirror.Queues queues = mirror.takeQueues();
        List<RegionHash.Entry> clean = regions.takeClean();
        List<RegionHash.Entry> recovered = regions.takeRecovered();
        List<RegionHash.Entry> failed = regions.takeFailedToRecover();
        report(new ArrayDeque<>(recovered), true, () ->
                report(new ArrayDeque<>(failed), false, () -> {
                    clean.forEach(entry -> log.flusher().clear(entry.region()));
                    log.flusher().flush(task, ignored ->
                            prepareRecovery(() -> countSync(() -> askWhetherClean(() -> doIo(queues)))));
                }));
    }

    private void end() {
        isBusy = false;
        if (isQueued) {
            machine.soon(this::start);
            return;
        }
        List<Runnable> waiting = List.copyOf(whenIdle);
        whenIdle.clear();
        waiting.forEach(Runnable::run);
    }

    // ---- recovery

    /** SET_REGION_SYNC for each; a recovered region is queued to be cleared. */
    private void report(Deque<RegionHash.Entry> entries, boolean isSuccess, Runnable then) {
        if (entries.isEmpty()) {
            then.run();
            return;
        }
        RegionHash.Entry entry = entries.poll();
        if (isSuccess) {
            log.flusher().clear(entry.region());
        }
        // Without handle_errors the kernel says "in sync" of a region whose copy has failed.
        completeRecovery(entry, isSuccess || !isHandlingErrors, () -> report(entries, isSuccess, then));
    }

    private void completeRecovery(RegionHash.Entry entry, boolean isInSync, Runnable then) {
        log.setRegionSync(task, entry.region(), isInSync, () -> {
            mirror.requeue(regions.complete(entry));
            then.run();
        });
    }

    private void prepareRecovery(Runnable then) {
        if (!regions.tryTakeSlot()) {
            startCopies(then);
            return;
        }
        log.resyncWork(task, region -> {
            if (region < 0) {
                regions.returnSlot();
                startCopies(then);
            } else {
                entryOf(region, entry -> {
                    regions.quiesce(entry);
                    startCopies(then);
                });
            }
        });
    }

    private void startCopies(Runnable then) {
        RegionHash.Entry entry;
        while ((entry = regions.takeQuiesced()) != null) {
            mirror.legAccess().copy(entry);
        }
        then.run();
    }

    private void countSync(Runnable then) {
        if (mirror.health().isInSync()) {
            then.run();
            return;
        }
        log.syncCount(task, count -> {
            if (count == log.regionCount()) {
                mirror.health().allInSync();
            }
            then.run();
        });
    }

    private void askWhetherClean(Runnable then) {
        if (machine.isCurious()) {
            curiousAbout = (curiousAbout + 1) % log.regionCount();
            log.isClean(task, curiousAbout, isClean -> then.run());
        } else {
            then.run();
        }
    }

    /** What to do with a region's entry. */
    interface EntryUser {
        void use(RegionHash.Entry entry);
    }

    /** The region's entry; a new one costs a question. */
    void entryOf(long region, EntryUser then) {
        RegionHash.Entry entry = regions.find(region);
        if (entry != null) {
            then.use(entry);
        } else {
            log.inSync(task, region, isInSync -> then.use(regions.create(region, isInSync)));
        }
    }

    // ---- I/O

    private void doIo(EmulatedMirror.Queues queues) {
        doReads(new ArrayDeque<>(queues.reads()), () -> {
            Runnable failures = () -> doFailures(new ArrayDeque<>(queues.failures()));
            if (queues.writes().isEmpty()) {
                failures.run();
            } else {
                new WriteRound(mirror, queues.writes()).run(failures);
            }
        });
    }

    private void doReads(Deque<Bio> reads, Runnable then) {
        if (reads.isEmpty()) {
            then.run();
            return;
        }
        Bio bio = reads.poll();
        stateOf(mirror.region(bio), state -> {
            int leg = mirror.health().defaultLeg();
            if (state == RegionState.CLEAN || state == RegionState.DIRTY) {
                leg = mirror.health().legToRead();
            } else if (!mirror.health().isGood(leg)) {
                leg = -1;
            }
            if (leg < 0) {
                mirror.endRead(bio, false);
            } else {
                mirror.legAccess().read(bio, leg);
            }
            task.then(() -> doReads(reads, then));
        });
    }

    /** What to do with a region's state. */
    interface StateUser {
        void use(RegionState state);
    }

    /** The cached state, else what the log says; no entry is made. */
    void stateOf(long region, StateUser then) {
        RegionState state = regions.state(region);
        if (state != null) {
            then.use(state);
        } else {
            log.inSync(task, region, isInSync -> then.use(isInSync ? RegionState.CLEAN : RegionState.NOSYNC));
        }
    }

    private void doFailures(Deque<Bio> failures) {
        if (failures.isEmpty()) {
            end();
            return;
        }
        Bio bio = failures.poll();
        if (hasLogFailure) {
            settleFailure(bio);
            task.then(() -> doFailures(failures));
            return;
        }
        mirror.health().outOfSync();
        long region = mirror.region(bio);
        log.setRegionSync(task, region, false, () -> {
            RegionHash.Entry entry = regions.find(region);
            Runnable next = () -> {
                settleFailure(bio);
                doFailures(failures);
            };
            if (regions.setNosync(entry)) {
                completeRecovery(entry, false, next);
            } else {
                next.run();
            }
        });
    }

    private void settleFailure(Bio bio) {
        if (mirror.health().anyGoodLeg() < 0 || isKeepingLog && hasLogFailure) {
            mirror.endWrite(bio, false);
        } else if (isHandlingErrors && !isKeepingLog) {
            mirror.hold(bio);
        } else {
            mirror.endWrite(bio, true);
        }
    }
}
