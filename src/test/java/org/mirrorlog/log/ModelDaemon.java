package org.mirrorlog.log;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * A kernel's daemon: its record of the instance (D4–D10), which outlives restarts or is lost, and its rounds, one at a
 * time.
 */
final class ModelDaemon {
    private final ModelCluster cluster;
    private final ModelKernel kernel;

    // The record.
    private long session;
    private long hint;
    private RegionSet known = RegionSet.empty();
    private RegionSet grants = RegionSet.empty();
    private RegionSet held = RegionSet.empty();
    private RegionSet lazy = RegionSet.empty();

    // What a restart forgets.
    private long daemonStart;
    private long lastNumber;
    private boolean isRejoinDue;
    private boolean isRecordLost;
    private RegionSet clears = RegionSet.empty();
    private Round pending;
    private Consumer<Answer> onAnswer;

    ModelDaemon(ModelCluster cluster, ModelKernel kernel) {
        this.cluster = cluster;
        this.kernel = kernel;
        this.daemonStart = cluster.newJvm();
    }

    private static RegionSet all() {
        return RegionSet.range(0, ModelCluster.REGIONS);
    }

    // ---- rounds

    boolean isWaiting() {
        return pending != null || isRejoinDue;
    }

    boolean isWaitingFor(Round round) {
        return pending == round;
    }

    void ask(Ask ask, Consumer<Answer> then) {
        boolean isResume = ask instanceof Ask.Resume || ask instanceof Ask.Rejoin;
        RegionSet given = isResume ? RegionSet.empty() : clears;
        pending = new Round("uuid", kernel.id(), Integer.toString(kernel.machine()), daemonStart, session,
                ++lastNumber, 0, 0, given,
                ask);
        onAnswer = then;
    }

    /** Sends the round under way, or begins the rejoin that is due. */
    void proceed() {
        if (pending == null) {
            rejoin();
        } else if (cluster.isTrouble(8)) {
            cluster.keepCopy(pending);
        } else {
            send(pending);
        }
    }

    private void send(Round round) {
        Optional<Answer> answer = cluster.execute(round);
        if (cluster.isTrouble(10)) {
            cluster.keepCopy(round);
        }
        if (answer.isEmpty() || cluster.isTrouble(8)) {
            return;
        }
        cluster.require(!(answer.get() instanceof Answer.UnknownSession), "D4: the session is forgotten: " + round);
        pending = null;
        clears = clears.minus(round.clears());
        onAnswer.accept(answer.get());
    }

    // ---- sessions

    void resume(Runnable then) {
        ask(new Ask.Resume(cluster.spec, false, kernel.former()), answer -> {
            Answer.Joined joined = (Answer.Joined) answer;
            session = joined.session();
            hint = 0;
            grants = joined.grants();
            known = all().minus(joined.unsynced());
            held = RegionSet.empty();
            lazy = RegionSet.empty();
            clears = RegionSet.empty();
            then.run();
        });
    }

    void restart() {
        stop();
        daemonStart = cluster.newJvm();
        lastNumber = 0;
        clears = RegionSet.empty();
        isRejoinDue = kernel.isInSession();
        isRecordLost |= isRejoinDue && cluster.isTrouble(10);
    }

    void stop() {
        if (pending != null) {
            cluster.keepCopy(pending);
        }
        pending = null;
        isRejoinDue = false;
    }

    /** D14, D15: the marks that wait for their flush may go along, but only a flush makes them held. */
    private void rejoin() {
        boolean isPendingNamed = kernel.marking() >= 0 && cluster.random.nextBoolean();
        Ask rejoin = isRecordLost
                ? new Ask.Rejoin(cluster.spec, 0, RegionSet.empty(), 0, RegionSet.empty())
                : new Ask.Rejoin(cluster.spec, session, isPendingNamed ? held.with(kernel.marking()) : held,
                        hint, grants);
        ask(rejoin, answer -> {
            if (answer instanceof Answer.Held) {
                return;
            }
            Answer.Joined joined = (Answer.Joined) answer;
            cluster.require(joined.session() == session, "D4: rejoin changed the session");
            isRejoinDue = false;
            hint = joined.hint();
            grants = joined.grants();
            known = all().minus(joined.unsynced()).with(all().below(hint).minus(grants));
            held = isRecordLost ? all() : held;
            lazy = isRecordLost ? RegionSet.empty() : lazy;
            isRecordLost = false;
        });
    }

    void forgetTable() {
        session = 0;
    }

    // ---- what the kernel may be told from memory

    boolean isKnownInSync(int region) {
        return known.contains(region);
    }

    boolean isGranted(int region) {
        return grants.contains(region);
    }

    void learn(int region, Answer.Write write) {
        hint = Math.max(hint, write.hint());
        RegionSet granted = write.isGrant() ? write.passed().with(region) : write.passed();
        grants = grants.with(granted.minus(known));
        known = known.with(all().below(write.hint()).minus(granted));
        known = write.isGrant() ? known : known.with(region);
    }

    void learnAllInSync() {
        hint = ModelCluster.REGIONS;
        known = all();
    }

    void learnSynced(int region) {
        grants = grants.without(region);
        known = known.with(region);
    }

    void learnLost(int region) {
        grants = grants.with(region);
    }

    // ---- marks

    boolean isHeld(int region) {
        return held.contains(region);
    }

    void hold(int region) {
        held = held.with(region);
        lazy = lazy.without(region);
    }

    /** CLEAR: acknowledged at once, given up later. A recovered region is cleared without ever having been marked. */
    void clear(int region) {
        if (held.contains(region)) {
            lazy = lazy.with(region);
        } else {
            clears = clears.with(region);
        }
    }

    boolean hasLazy() {
        return !lazy.isEmpty();
    }

    boolean hasNothingToHandOn() {
        return lazy.isEmpty() && clears.isEmpty();
    }

    /** D6: out of the record first, then out of the machine, with this round or another. */
    void handOn(boolean isAll) {
        RegionSet regions = isAll ? lazy : RegionSet.of(lazy.first());
        held = held.minus(regions);
        lazy = lazy.minus(regions);
        clears = clears.with(regions);
        if (cluster.random.nextBoolean()) {
            ask(new Ask.HandOn(), answer -> { });
        }
    }
}
