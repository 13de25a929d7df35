package org.mirrorlog.operations;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.owner.Retirements;

/**
 * What the runs of machines' kernels hold in logs: of the logs that this machine uses, from their owners, or of all
 * logs, from the journal, whoever owns them. Thread-safe; nothing blocks, everything ends within a bound.
 */
public final class NodeStakes {
    /** The owner asked may be the very node that is dead. */
    private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(1);
    /** Well within the time that an HTTP request has. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(6);
    /** A large log takes some memory while it is read. */
    private static final int READ_AT_A_TIME = 4;

    private final Journal journal;
    private final LogSharding owners;
    private final Supplier<CompletionStage<List<TableView>>> tables;

    /**
     * What one run holds in one log.
     *
     * @param node name of its machine
     * @param marks regions that it has marked
     * @param lost regions that go out of sync with its death
     * @param mayWrite its kernel may have I/O under way
     */
    record Share(String node, long marks, long lost, boolean mayWrite) {
        Share with(Share other) {
            return new Share(node, marks + other.marks, lost, mayWrite || other.mayWrite);
        }
    }

    /**
     * Logs, as far as they could be read.
     *
     * @param shares by log and by boot id
     * @param silent logs that could not be read in time
     */
    record Logs(Map<String, Map<String, Share>> shares, Set<String> silent) { }

    public NodeStakes(Journal journal, LogSharding owners, Supplier<CompletionStage<List<TableView>>> tables) {
        this.journal = journal;
        this.owners = owners;
        this.tables = tables;
    }

    /** Of the logs that tables of this machine use. What a death costs is not counted exactly. */
    CompletionStage<Logs> here() {
        return used().thenCompose(uuids -> Survey.of(uuids, Survey.STARTING, READ_TIMEOUT, uuid ->
                owners.inspect(uuid, LOOK_TIMEOUT).handle((state, failure) -> Optional.ofNullable(state)
                        .map(known -> shares(known, (log, bootId) -> 0L))))
                .thenApply(found -> logs(uuids, found)));
    }

    /** Of all logs that the journal knows, with what each death would cost exactly. */
    CompletionStage<Logs> everywhere() {
        return journal.withEvents().thenCombine(used(), (heads, used) -> {
            Set<String> uuids = logsOf(heads);
            uuids.addAll(used);
            return uuids;
        }).thenCompose(uuids -> readAll(uuids, (uuid, state) -> shares(state, NodeStakes::lost))
                .thenApply(found -> logs(uuids, found)));
    }

    /**
     * What the journal knows of logs that no table of this machine uses.
     *
     * @return by all their names; empty where it could not be read in time
     */
    <T> CompletionStage<Map<String, Optional<T>>> notUsedHere(BiFunction<String, LogState, T> view) {
        return journal.withEvents().thenCombine(used(), (heads, used) -> {
            Set<String> uuids = logsOf(heads);
            uuids.removeAll(used);
            return uuids;
        }).thenCompose(uuids -> readAll(uuids, view).thenApply(found -> {
            Map<String, Optional<T>> all = new TreeMap<>();
            uuids.forEach(uuid -> all.put(uuid, found.getOrDefault(uuid, Optional.empty())));
            return all;
        }));
    }

    private static Set<String> logsOf(Map<String, Long> heads) {
        Set<String> uuids = new TreeSet<>();
        heads.keySet().stream().map(Retirements::logOf).flatMap(Optional::stream).forEach(uuids::add);
        return uuids;
    }

    /** Whoever owns them; what could not be read in time is empty or missing. */
    private <T> CompletionStage<Map<String, Optional<T>>> readAll(Collection<String> uuids,
            BiFunction<String, LogState, T> what) {
        Reading<T> reading = new Reading<>(new ConcurrentLinkedQueue<>(uuids), new AtomicBoolean(),
                new ConcurrentHashMap<>(), what);
        return CompletableFuture.allOf(Stream.generate(() -> read(reading)).limit(READ_AT_A_TIME)
                        .toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, READ_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((done, failure) -> reading.isLate().set(true))
                .thenApply(done -> Map.copyOf(reading.found()));
    }

    /** What is left of it, and what was found. */
    private record Reading<T>(Queue<String> left, AtomicBoolean isLate, Map<String, Optional<T>> found,
            BiFunction<String, LogState, T> what) { }

    /** One after the other, until none is left or it is too late. */
    private <T> CompletableFuture<Void> read(Reading<T> reading) {
        String uuid = reading.isLate().get() ? null : reading.left().poll();
        if (uuid == null) {
            return CompletableFuture.completedFuture(null);
        }
        return owners.retirements().look(uuid)
                .handle((state, failure) -> reading.found().put(uuid, Optional.ofNullable(state)
                        .map(known -> reading.what().apply(uuid, known))))
                .thenCompose(done -> read(reading)).toCompletableFuture();
    }

    /** The logs that tables of this machine use. */
    CompletionStage<Set<String>> used() {
        return tables.get().thenApply(views -> {
            Set<String> uuids = new TreeSet<>();
            views.forEach(view -> uuids.add(view.key().uuid()));
            return uuids;
        });
    }

    private static Logs logs(Set<String> asked, Map<String, Optional<Map<String, Share>>> found) {
        Map<String, Map<String, Share>> shares = new TreeMap<>();
        Set<String> silent = new TreeSet<>();
        for (String uuid : asked) {
            found.getOrDefault(uuid, Optional.empty()).ifPresentOrElse(known -> shares.put(uuid, known),
                    () -> silent.add(uuid));
        }
        return new Logs(shares, silent);
    }

    /** By boot id; whom an adopted log waits for may write, too. */
    private static Map<String, Share> shares(LogState state, BiFunction<LogState, String, Long> lost) {
        Map<String, Share> shares = new HashMap<>();
        state.members().forEach((id, member) -> shares.merge(id.incarnation(),
                share(member, lost.apply(state, id.incarnation())), Share::with));
        state.adoption().ifPresent(adoption -> adoption.awaited().forEach((bootId, node) ->
                shares.merge(bootId, new Share(node, 0, 0, true), Share::with)));
        return shares;
    }

    private static Share share(Member member, long lost) {
        return new Share(member.node(), member.marks().size(), lost, member.mayRun());
    }

    /** What the log itself does when it hears of the death. */
    private static long lost(LogState state, String bootId) {
        return state.opened().with(List.of(new LogEvent.Died(bootId))).unsynced().size() - state.unsynced().size();
    }
}
