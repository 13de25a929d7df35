package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;

/**
 * A journal with conditional append: an append is taken if the log's number is what the owner believes it to be,
 * whoever asks, however late it comes (D1). Knows the truth about each log.
 */
final class Journal {
    /** States kept for stale replays. */
    private static final int KEPT = 20;

    /** What becomes of an append, as its owner sees it. */
    enum Outcome { ACCEPTED, FAILED }

    /** Receives what became of an append; perhaps never. */
    interface Listener {
        void appended(Outcome outcome);
    }

    /** One log. */
    private static final class Log {
        private final List<Commit> commits = new ArrayList<>();
        private final List<LogState> states = new ArrayList<>(List.of(LogState.unborn()));
        private long changes;
        private boolean isCurrent;
        private boolean isBlocked;
        /** Not null: what the copy of the journal knows that serves now. */
        private LogState behind;
        private long remembered;

        private LogState truth() {
            return states.get(states.size() - 1);
        }
    }

    private final Simulation sim;
    private final Map<String, Log> logs = new LinkedHashMap<>();
    private boolean isDown;
    private int id = 1;
    /** Changes with every loss: what was under way then never arrives. */
    private int era;

    Journal(Simulation sim) {
        this.sim = sim;
    }

    /** What really was accepted. */
    LogState truth(String uuid) {
        return log(uuid).truth();
    }

    /** Grows with every append to this log that was accepted. */
    long changes(String uuid) {
        return log(uuid).changes;
    }

    /** Whether an epoch of this log began since the journal was created or set back: it knows of everything since. */
    boolean isCurrent(String uuid) {
        return log(uuid).isCurrent;
    }

    boolean isBlocked(String uuid) {
        return log(uuid).isBlocked;
    }

    /** Appends to this log fail. */
    void block(String uuid, boolean isBlocked) {
        log(uuid).isBlocked = isBlocked;
    }

    void setDown(boolean down) {
        isDown = down;
    }

    /** Names it on log devices (D21). */
    int id() {
        return id;
    }

    /** Another one for each journal that was put in the place of the former one. */
    int era() {
        return era;
    }

    /** Whether it follows one that was lost, as the data directory knows. */
    boolean isAnother() {
        return id > 1;
    }

    /** Another, empty journal is in its place. Nothing may run. */
    void lose() {
        id++;
        era++;
        logs.clear();
        sim.mirrors().forEach(mirror -> mirror.checkers().journalReplaced());
    }

    /**
     * An older copy of it is in its place; one in which only one machine may be in a session, so that the next RESUME
     * reads the log device; where there is none, one of which some machine has heard more (see docs/safety.md). Nothing
     * may run.
     */
    void rollBack() {
        era++;
        logs.forEach((uuid, log) -> {
            int last = log.states.size() - 1;
            List<Integer> possible = IntStream.rangeClosed(0, last).filter(i -> i == last || sim.machines().size() == 1
                    || isPossible(uuid, log.states.get(i))).boxed().toList();
            List<Integer> betweenEpochs = possible.stream().filter(i -> i < last && sim.plan().mayForgetUnnoticed()
                    && log.states.get(i).geometry().isPresent() && !log.states.get(i).hasActive()).toList();
            int lost = last - sim.dice().pick(betweenEpochs.isEmpty() ? possible : betweenEpochs);
            if (lost == 0) {
                return;
            }
            log.states.subList(log.states.size() - lost, log.states.size()).clear();
            log.commits.subList(log.commits.size() - lost, log.commits.size()).clear();
            log.changes++;
            log.isCurrent = false;
        });
        sim.mirrors().forEach(mirror -> mirror.checkers().journalReplaced());
    }

    private boolean isPossible(String uuid, LogState older) {
        return !sim.plan().mayForgetUnnoticed() ? !older.hasActive() : older.geometry().isEmpty()
                || sim.machines().stream().anyMatch(m -> m.numbers().last(uuid).number() > older.number());
    }

    /** Another copy serves, one that has not heard of commits which somebody knows to have happened (D2). */
    void fallBehind() {
        logs.values().forEach(log -> {
            List<LogState> shorter = log.states.stream().filter(state -> state.number() < log.remembered).toList();
            log.behind = shorter.isEmpty() ? null : sim.dice().pick(shorter);
        });
    }

    /** Somebody remembers that the log was so long. */
    void remembers(String uuid, long number) {
        log(uuid).remembered = Math.max(log(uuid).remembered, number);
    }

    /** The length that somebody remembers. */
    long remembered(String uuid) {
        return log(uuid).remembered;
    }

    /** The right copy serves again; what the other one took is gone. */
    void catchUp() {
        logs.values().forEach(log -> log.behind = null);
    }

    private Log log(String uuid) {
        return logs.computeIfAbsent(uuid, key -> new Log());
    }

    /** What a starting owner reads: the truth, or with bad luck an older one. */
    LogState replay(String uuid) {
        List<LogState> states = log(uuid).states;
        if (log(uuid).behind != null) {
            return log(uuid).behind;
        }
        if (sim.strikes(Fault.REPLAY_STALE)) {
            return states.get(sim.dice().below(states.size()));
        }
        return states.get(states.size() - 1);
    }

    /** All commits that count. */
    List<Commit> history(String uuid) {
        return log(uuid).commits;
    }

    /** Everything that the log's history leads to, from the first commit. */
    LogState replayFromTheStart(String uuid) {
        LogState state = LogState.unborn();
        for (Commit commit : log(uuid).commits) {
            state = state.after(commit);
        }
        return state;
    }

    /**
     * An append under way: it arrives some time, is judged then, and its outcome gets known some time later, or never.
     */
    void append(String uuid, long number, Commit commit, Listener listener) {
        boolean isLost = sim.strikes(Fault.APPEND_LOST);
        boolean isRefused = sim.strikes(Fault.APPEND_REFUSED);
        boolean isUnknown = sim.strikes(Fault.APPEND_UNKNOWN);
        int asked = era;
        sim.time().after(delayUs(), () -> {
            if (asked != era) {
                return;
            }
            if (isLost || isRefused || isDown || log(uuid).isBlocked) {
                listener.appended(Outcome.FAILED);
                return;
            }
            boolean isAccepted = take(uuid, number, commit);
            if (isUnknown) {
                sim.time().after(sim.dice().between(1_000, 10_000_000), () -> listener.appended(Outcome.FAILED));
            } else {
                sim.time().after(sim.dice().between(20, 1_000),
                        () -> listener.appended(isAccepted ? Outcome.ACCEPTED : Outcome.FAILED));
            }
        });
    }

    private long delayUs() {
        return sim.strikes(Fault.APPEND_SLOW) ? sim.dice().between(10_000, 20_000_000) : sim.dice().between(50, 3_000);
    }

    /**
     * Executed by the right copy already: a copy that executes it once more cannot be told from it by numbers (see
     * docs/safety.md).
     */
    private static boolean isKnown(Log log, LogEvent event) {
        if (!(event instanceof LogEvent.RoundExecuted executed)) {
            return false;
        }
        Member member = log.truth().members().get(executed.by());
        return member != null && member.daemonStart() == executed.daemonStart() && member.executed()
                >= executed.number();
    }

    private boolean take(String uuid, long number, Commit commit) {
        Log log = log(uuid);
        if (log.behind != null) {
            boolean isTaken = log.behind.number() == number && commit.events().stream()
                    .noneMatch(event -> isKnown(log, event));
            log.behind = isTaken ? log.behind.after(commit) : log.behind;
            return isTaken;
        }
        LogState before = log.truth();
        if (before.number() != number && !sim.has(Hole.D1_APPEND_WITHOUT_COMPARE)) {
            sim.hit(Fault.LOST_RACE);
            sim.trace().add("journal", "refuses", number + 1, "head is", before.number(), commit.events());
            return false;
        }
        boolean isTakeover = commit.events().get(0) instanceof LogEvent.OwnerChanged;
        LogState after = Holes.after(sim, isTakeover ? Holes.replayed(sim, before) : before, commit);
        sim.trace().add("journal", uuid, after.number(), commit.events());
        log.commits.add(commit);
        log.states.add(after);
        if (log.states.size() > KEPT) {
            log.states.remove(0);
        }
        log.changes++;
        log.isCurrent |= commit.events().stream().anyMatch(e -> e instanceof LogEvent.EpochBegan
                || e instanceof LogEvent.Adopted && after.geometry().isPresent());
        sim.mirror(uuid).checkers().committed(uuid, before, after, commit);
        return true;
    }
}
