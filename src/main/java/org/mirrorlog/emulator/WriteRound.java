package org.mirrorlog.emulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The writes of one pass of the worker: sorted by what may be done with them, marked, flushed, issued. */
final class WriteRound {
    /** How long a write to a region that others may be recovering is put back. */
    private static final long PUT_BACK_MS = 200;

    private final EmulatedMirror mirror;
    private final Worker worker;
    private final LogClient log;
    private final KernelTask task;
    private final Deque<Bio> unsorted;
    private final List<Bio> toAllLegs = new ArrayList<>();
    private final List<Bio> toDefaultLeg = new ArrayList<>();
    private final List<Bio> afterRecovery = new ArrayList<>();
    private final List<Bio> putBack = new ArrayList<>();
    private Runnable then;

    WriteRound(EmulatedMirror mirror, List<Bio> writes) {
        this.mirror = mirror;
        this.worker = mirror.worker();
        this.log = mirror.log();
        this.task = worker.task();
        this.unsorted = new ArrayDeque<>(writes);
    }

    void run(Runnable afterwards) {
        then = afterwards;
        sortNext();
    }

    private void sortNext() {
        Bio bio = unsorted.pollFirst();
        if (bio == null) {
            sorted();
            return;
        }
        long region = mirror.region(bio);
        log.isRemoteRecovering(task, region, isRecovering -> {
            if (isRecovering) {
                putBack.add(bio);
                task.then(this::sortNext);
                return;
            }
            worker.stateOf(region, state -> {
                listFor(state).add(bio);
                task.then(this::sortNext);
            });
        });
    }

    private List<Bio> listFor(RegionState state) {
        switch (state) {
            case NOSYNC:
                return toDefaultLeg;
            case RECOVERING:
                return afterRecovery;
            default:
                return toAllLegs;
        }
    }

    private void sorted() {
        if (!putBack.isEmpty()) {
            mirror.putBack(putBack);
            mirror.wakeAfter(PUT_BACK_MS);
        }
        count(new ArrayDeque<>(toAllLegs), () -> count(new ArrayDeque<>(toDefaultLeg), () ->
                log.flusher().flush(task, error -> {
                    worker.flushed(error);
                    issue();
                })));
    }

    /** Counts each write in its region; a region that was clean is queued to be marked. */
    private void count(Deque<Bio> bios, Runnable afterwards) {
        if (bios.isEmpty()) {
            afterwards.run();
            return;
        }
        worker.entryOf(mirror.region(bios.poll()), entry -> {
            if (mirror.regions().increment(entry)) {
                log.flusher().mark(entry.region());
            }
            task.then(() -> count(bios, afterwards));
        });
    }

    private void issue() {
        MirrorTable table = mirror.table();
        if (worker.hasLogFailure() && table.isHandlingErrors()) {
            // A real kernel wakes its worker even for none, and spins while writes are put back; no clock moves here.
            if (!toAllLegs.isEmpty()) {
                mirror.addFailures(toAllLegs);
            }
        } else {
            toAllLegs.forEach(mirror.legAccess()::writeAllLegs);
        }
        afterRecovery.forEach(bio -> mirror.regions().find(mirror.region(bio)).delay(bio));
        if (mirror.health().hasFailure() && table.isHandlingErrors() && !table.isKeepingLog()) {
            if (!toDefaultLeg.isEmpty()) {
                mirror.addFailures(toDefaultLeg);
            }
        } else {
            toDefaultLeg.forEach(mirror.legAccess()::writeDefaultLeg);
        }
        then.run();
    }
}
