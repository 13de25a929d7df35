package org.mirrorlog.emulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One mirror target of one table, (uuid, luid): dm-mirror's client side. Queues I/O for its {@link Worker}, issues
 * reads and writes of the legs, holds what failed. Everything here belongs to the machine's thread.
 */
public final class EmulatedMirror {
    /** Reads, writes and failed writes that the worker has not seen yet. */
    record Queues(List<Bio> reads, List<Bio> writes, List<Bio> failures) {
        Queues() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }
    }

    private static final int SECTOR_BYTES = 512;

    private final EmulatedMachine machine;
    private final EmulatedDevice device;
    private final MirrorTable table;
    private final LogClient log;
    private final RegionHash regions = new RegionHash();
    private final LegHealth health;
    private final LegAccess legAccess;
    private final Worker worker;
    private final List<Bio> holds = new ArrayList<>();
    private Queues queues = new Queues();
    private boolean isSuspending;
    private Timers.Timer wakeTimer;

    EmulatedMirror(EmulatedMachine machine, EmulatedDevice device, MirrorTable table, LogClient log) {
        this.machine = machine;
        this.device = device;
        this.table = table;
        this.log = log;
        this.health = new LegHealth(table, device.legs().count());
        this.legAccess = new LegAccess(machine, this, device.legs(), health);
        this.worker = new Worker(machine, this);
    }

    // ---- what observers may see

    /** The table that it was made from. */
    public MirrorTable table() {
        return table;
    }

    /** Identifies this table on its machine; an address, reused after the table is gone. */
    public long luid() {
        return log.luid();
    }

    /** Number of regions. */
    public long regionCount() {
        return log.regionCount();
    }

    /** Size of a region; the last one may be shorter. */
    public long regionSizeBytes() {
        return log.regionSizeSectors() * SECTOR_BYTES;
    }

    /** K1: the in-sync hint. */
    public long inSyncHint() {
        return log.inSyncHint();
    }

    /** The region's cached state; empty if nothing is cached. */
    public Optional<RegionState> regionState(long region) {
        return Optional.ofNullable(regions.state(region));
    }

    /** Whether a write of this machine to the region may be under way: counted, delayed or failed and held. */
    public boolean isWriting(long region) {
        return regions.pending(region) > 0;
    }

    /** K5: a flush failed, and nothing but another table heals it. */
    public boolean hasLogFailure() {
        return worker.hasLogFailure();
    }

    /** K6: the leg that unsynced regions are read from, written to and recovered from. */
    public int defaultLeg() {
        return health.defaultLeg();
    }

    /** Writes held until the table is replaced. */
    public int heldWrites() {
        return holds.size();
    }

    /**
     * Asks the log whether a region is in sync, beside everything else; what no kernel does, but an auditor has to. An
     * error counts as no.
     */
    public void askInSync(long region, Consumer<Boolean> then) {
        KernelTask task = new KernelTask("auditor of " + table.uuid());
        task.then(() -> log.inSync(task, region, then));
        machine.settle();
    }

    /** What the worker waits for, for messages: a request type or {@code nothing}. */
    public String workerWaitsFor() {
        return worker.waitsFor();
    }

    // ---- for the worker

    LogClient log() {
        return log;
    }

    RegionHash regions() {
        return regions;
    }

    LegHealth health() {
        return health;
    }

    LegAccess legAccess() {
        return legAccess;
    }

    Worker worker() {
        return worker;
    }

    long region(Bio bio) {
        return bio.offsetBytes() / regionSizeBytes();
    }

    /** Hands over everything queued so far. */
    Queues takeQueues() {
        Queues taken = queues;
        queues = new Queues();
        return taken;
    }

    /** From the device: an application's read or write. */
    void map(Bio bio) {
        queue(bio.isWrite() ? queues.writes() : queues.reads(), bio);
    }

    /** Writes that waited for a recovery go through the queue again. */
    void requeue(List<Bio> bios) {
        bios.forEach(this::map);
    }

    /** Puts writes back without a wake-up. */
    void putBack(List<Bio> bios) {
        queues.writes().addAll(bios);
    }

    void addFailures(List<Bio> bios) {
        queues.failures().addAll(bios);
        worker.wake();
    }

    private void queue(List<Bio> list, Bio bio) {
        list.add(bio);
        if (list.size() == 1) {
            worker.wake();
        }
    }

    /** Wakes the worker later, once. */
    void wakeAfter(long delayMs) {
        if (wakeTimer == null) {
            wakeTimer = machine.timers().after(delayMs, () -> {
                wakeTimer = null;
                worker.wake();
            });
        }
    }

    /** Ends a counted write. */
    void endWrite(Bio bio, boolean isSuccess) {
        uncount(bio);
        device.ended(bio, isSuccess);
    }

    private void uncount(Bio bio) {
        if (regions.decrement(region(bio))) {
            worker.wake();
        }
    }

    void endRead(Bio bio, boolean isSuccess) {
        device.ended(bio, isSuccess);
    }

    /** From a leg: the write did not reach all of them. */
    void writeFailed(Bio bio) {
        queue(queues.failures(), bio);
    }

    void copied(RegionHash.Entry entry, boolean isSuccess) {
        regions.copied(entry, isSuccess);
        worker.wake();
    }

    /** Keeps a failed write until the table is suspended; then it goes back to the device, or fails. */
    void hold(Bio bio) {
        if (!isSuspending) {
            holds.add(bio);
            return;
        }
        uncount(bio);
        device.giveBack(bio);
    }

    // ---- suspend and resume, called by the device's ioctls

    void presuspend(KernelTask task, Runnable then) {
        isSuspending = true;
        List<Bio> held = List.copyOf(holds);
        holds.clear();
        held.forEach(this::hold);
        regions.stopRecovery(() -> machine.soon(() -> task.then(() ->
                log.presuspend(task, ignored -> worker.whenIdle(() -> machine.soon(() -> task.then(then)))))));
    }

    void postsuspend(KernelTask task, Runnable then) {
        log.postsuspend(task, ignored -> then.run());
    }

    void resume(KernelTask task, Runnable then) {
        isSuspending = false;
        log.resume(task, ignored -> {
            regions.startRecovery();
            worker.wake();
            then.run();
        });
    }

    void status(KernelTask task, Consumer<MirrorStatus> then) {
        log.syncCount(task,
                count -> log.statusInfo(task, (error, text) -> then.accept(new MirrorStatus(count, regionCount(),
                health.letters(), error == 0 ? text : "userspace 1 COM_FAILURE"))));
    }

    void destroy(KernelTask task, Runnable then) {
        if (wakeTimer != null) {
            wakeTimer.cancel();
        }
        worker.whenIdle(() -> machine.soon(() -> task.then(() -> log.destroy(task, () -> {
            machine.freeLuid(log.luid());
            then.run();
        }))));
    }

    static void load(KernelTask task, EmulatedMachine machine, EmulatedDevice device, MirrorTable table,
            LoadOutcome then) {
        LogClient log = new LogClient(machine.module(), table, machine.allocateLuid());
        log.construct(task, error -> {
            if (error != 0) {
                machine.freeLuid(log.luid());
                then.accept(error, null);
                return;
            }
            EmulatedMirror mirror = new EmulatedMirror(machine, device, table, log);
            mirror.worker.wake();
            then.accept(0, mirror);
        });
    }

    /** 0 and a mirror, or why there is none. */
    interface LoadOutcome {
        void accept(int error, EmulatedMirror mirror);
    }

}
