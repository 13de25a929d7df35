package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * One machine's dm-mirror kernel with its caches (K1–K4), served by a {@link ModelDaemon}. A step is one thing that
 * happens.
 */
final class ModelKernel {
    private enum Phase { NEW, JOINING, ACTIVE, HALTING, DRAINING, LEAVING, SUSPENDED, DESTROYING, DEAD }

    private final ModelCluster cluster;
    private final SplittableRandom random;
    private final int machine;
    private final ModelDaemon daemon;
    private Phase phase = Phase.NEW;
    private InstanceId id;
    private long hint;
    private final TreeSet<Integer> nosync = new TreeSet<>();
    /** Regions of writes that were told to wait. */
    private final TreeSet<Integer> waiting = new TreeSet<>();
    /** Regions of writes or copies that failed on the second leg. */
    private final TreeSet<Integer> failed = new TreeSet<>();
    private int copying = -1;
    private long[] copied;
    private boolean isCopyWritten;
    private int marking = -1;
    private boolean isKept;
    private final List<String> former = new ArrayList<>();

    /** @param before its machine's earlier run; null for the first */
    ModelKernel(ModelCluster cluster, int machine, String bootId, ModelKernel before) {
        this.cluster = cluster;
        this.random = cluster.random;
        this.machine = machine;
        this.id = new InstanceId(bootId, 1);
        this.daemon = new ModelDaemon(cluster, this);
        if (before != null) {
            former.addAll(before.former);
            former.add(before.id.incarnation());
        }
    }

    /** Earlier runs of the machine's kernel, as it knows itself. */
    List<String> former() {
        return former;
    }

    int machine() {
        return machine;
    }

    InstanceId id() {
        return id;
    }

    /** The region being marked, or −1. */
    int marking() {
        return marking;
    }

    /** The region being copied now: own writes have ended, the report is not due yet. */
    Optional<Integer> copying() {
        return copied != null && !isCopyWritten ? Optional.of(copying) : Optional.empty();
    }

    /** K1: no question is asked before a write of this region. */
    boolean mayWriteUnasked(int region) {
        return isInSession() && region < hint;
    }

    boolean isWaitingFor(Round round) {
        return daemon.isWaitingFor(round);
    }

    boolean isGone() {
        return phase == Phase.DEAD;
    }

    boolean isInSession() {
        return phase == Phase.ACTIVE || phase == Phase.HALTING || phase == Phase.DRAINING;
    }

    /** Its table has been resumed or never will be, and nothing is left that wants to move, but resync. */
    boolean isSettled() {
        return phase != Phase.NEW && phase != Phase.JOINING && isQuiet();
    }

    private boolean isQuiet() {
        return !daemon.isWaiting() && waiting.isEmpty() && failed.isEmpty() && copying < 0 && marking < 0
                && writes().isEmpty();
    }

    /** The kernel asks for nothing any more, and no clear waits to be handed on. */
    boolean isAtRest() {
        return isQuiet() && hint == ModelCluster.REGIONS && daemon.hasNothingToHandOn();
    }

    void die() {
        phase = Phase.DEAD;
        daemon.stop();
        copied = null;
    }

    void step() {
        List<ModelLegs.Write> writes = writes();
        if (cluster.isTrouble(150) && phase != Phase.DEAD) {
            cluster.tell(toString(), "daemon restarts");
            daemon.restart();
        } else if (!writes.isEmpty() && random.nextInt(3) == 0) {
            proceed(writes.get(random.nextInt(writes.size())));
        } else if (copying >= 0 && !isCopyWritten && !failed.contains(copying) && random.nextInt(3) == 0) {
            copy();
        } else if (daemon.isWaiting()) {
            daemon.proceed();
        } else {
            work();
        }
    }

    private List<ModelLegs.Write> writes() {
        return cluster.legs.underWay().stream().filter(write -> write.by == this).toList();
    }

    private boolean isWriting(int region) {
        return writes().stream().anyMatch(write -> write.region == region);
    }

    // ---- the table's life

    private void work() {
        if (phase == Phase.NEW || phase == Phase.JOINING) {
            phase = Phase.JOINING;
            daemon.resume(() -> {
                hint = 0;
                phase = Phase.ACTIVE;
            });
        } else if (phase == Phase.SUSPENDED) {
            workSuspended();
        } else if (phase == Phase.LEAVING) {
            daemon.ask(new Ask.Leave(), answer -> phase = Phase.SUSPENDED);
        } else if (phase == Phase.DESTROYING) {
            daemon.ask(new Ask.Forget(), answer -> forget());
        } else if (isInSession()) {
            workInSession();
        }
    }

    private void workSuspended() {
        int dice = random.nextInt(3);
        if (dice == 0 && daemon.hasLazy()) {
            daemon.handOn(true);
        } else if (dice == 1 && !cluster.isCalm()) {
            phase = Phase.NEW;
        } else if (dice == 2 && !isKept) {
            phase = Phase.DESTROYING;
        }
    }

    private void forget() {
        id = new InstanceId(id.incarnation(), id.luid() + 1);
        daemon.forgetTable();
        hint = 0;
        nosync.clear();
        phase = cluster.isCalm() ? Phase.DEAD : Phase.NEW;
    }

    void suspend() {
        phase = phase == Phase.ACTIVE ? Phase.HALTING : phase;
    }

    /** Comes back alone, with a new table, to put everything in order. */
    void startAnew() {
        phase = Phase.NEW;
        isKept = true;
    }

    private void workInSession() {
        if (marking >= 0) {
            if (random.nextInt(4) == 0) {
                mark(marking);
            }
        } else if (!failed.isEmpty()) {
            int region = failed.first();
            daemon.ask(new Ask.SetSync(region, false), answer -> syncLost(region));
        } else if (isCopyWritten) {
            int region = copying;
            daemon.ask(new Ask.SetSync(region, true), answer -> synced(region, (Answer.SyncSet) answer));
        } else if (!waiting.isEmpty() && random.nextInt(4) == 0) {
            tryWrite(waiting.stream().skip(random.nextInt(waiting.size())).findFirst().orElseThrow());
        } else if (daemon.hasLazy() && random.nextInt(8) == 0) {
            daemon.handOn(cluster.isCalm() || random.nextBoolean());
        } else if (phase == Phase.ACTIVE) {
            workAtEase();
        } else if (phase == Phase.HALTING && copying < 0) {
            daemon.ask(new Ask.Halt(), answer -> phase = Phase.DRAINING);
        } else if (phase == Phase.DRAINING && isQuiet()) {
            phase = Phase.LEAVING;
        }
    }

    private void workAtEase() {
        int dice = random.nextInt(100);
        if (dice < 50 && !cluster.isCalm()) {
            tryWrite(random.nextInt(ModelCluster.REGIONS));
        } else if (dice < 80 && hint < ModelCluster.REGIONS && copying < 0) {
            daemon.ask(new Ask.NextResync(), answer -> {
                if (answer instanceof Answer.Work work) {
                    cluster.require(work.region() < ModelCluster.REGIONS, "S23: work beyond the end");
                    copying = (int) work.region();
                }
            });
        } else if (dice < 83) {
            daemon.ask(new Ask.SyncCount(), answer -> {
                if (answer instanceof Answer.AllInSync) {
                    hint = ModelCluster.REGIONS;
                    daemon.learnAllInSync();
                }
            });
        } else if (dice < 84 && !cluster.isCalm()) {
            suspend();
        }
    }

    // ---- writing

    private void tryWrite(int region) {
        if (region == copying || isWriting(region)) {
            return;
        }
        if (region < hint) {
            waiting.remove(region);
            write(region);
            return;
        }
        daemon.ask(new Ask.MayWrite(region, phase == Phase.DRAINING), answer -> {
            if (answer instanceof Answer.Wait) {
                waiting.add(region);
                return;
            }
            Answer.Write may = (Answer.Write) answer;
            hint = may.hint();
            daemon.learn(region, may);
            waiting.remove(region);
            write(region);
        });
    }

    /** IN_SYNC, answered from the record (D8), and what the kernel makes of it. */
    private void write(int region) {
        if (nosync.contains(region)) {
            cluster.legs.begin(this, region, false);
        } else if (daemon.isKnownInSync(region)) {
            marking = region;
        } else {
            cluster.require(daemon.isGranted(region),
                    "D8: nothing to answer IN_SYNC with for region " + region + " on " + this);
            nosync.add(region);
            cluster.legs.begin(this, region, false);
        }
    }

    /** MARK and FLUSH: no round if the mark is held (D6). */
    private void mark(int region) {
        if (daemon.isHeld(region)) {
            marked(region);
            return;
        }
        daemon.ask(new Ask.Mark(RegionSet.of(region)), answer -> {
            if (answer instanceof Answer.Done) {
                marked(region);
            }
        });
    }

    private void marked(int region) {
        marking = -1;
        daemon.hold(region);
        cluster.legs.begin(this, region, true);
    }

    private void proceed(ModelLegs.Write write) {
        if (write.isOnlySecondMissing() && cluster.isTrouble(100)) {
            cluster.tell(toString(), "second leg fails in region", write.region);
            failed.add(write.region);
            nosync.add(write.region);
        } else if (!write.isDone() && !failed.contains(write.region)) {
            cluster.legs.hit(write, random.nextBoolean());
        } else if (write.isDone()) {
            end(write);
        }
    }

    /** K3: the next write of a region that is still dirty goes out without a question. */
    private void end(ModelLegs.Write write) {
        cluster.legs.end(write);
        if (write.isToBoth && write.region < hint && !cluster.isCalm() && phase == Phase.ACTIVE
                && write.region != copying
                && random.nextInt(3) == 0) {
            cluster.legs.begin(this, write.region, true);
        } else if (write.isToBoth) {
            daemon.clear(write.region);
        }
    }

    /** The failed write, or the failed copy, is over: from now on this kernel writes the region on one leg. */
    private void syncLost(int region) {
        daemon.learnLost(region);
        failed.remove(region);
        writes().stream().filter(write -> write.region == region).forEach(cluster.legs::end);
        if (copying == region) {
            endCopy();
        }
    }

    // ---- resync

    /** Own writes end first, then all blocks are read, then all are written. */
    private void copy() {
        if (copied == null) {
            if (!isWriting(copying)) {
                copied = cluster.legs.read(copying);
            }
        } else if (cluster.isTrouble(60)) {
            cluster.tell(toString(), "copy fails in region", copying);
            copied = null;
            failed.add(copying);
        } else {
            cluster.legs.copyOnto(copying, copied);
            isCopyWritten = true;
        }
    }

    private void synced(int region, Answer.SyncSet set) {
        cluster.require(set.isInSync() || cluster.state().unsynced().contains(region),
                "S7: the recoverer's report of a synced region is refused: region " + region + " by " + this);
        nosync.remove(region);
        if (set.isInSync()) {
            daemon.learnSynced(region);
        }
        endCopy();
        daemon.clear(region);
    }

    private void endCopy() {
        copying = -1;
        copied = null;
        isCopyWritten = false;
    }

    @Override
    public String toString() {
        return id + " " + phase + " hint " + hint;
    }
}
