package org.mirrorlog.operations;

import akka.actor.typed.ActorSystem;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.cluster.LogSharding;

/**
 * Which resyncs an operator has paused at this node, and which log goes first. An owner, wherever it is, pauses for
 * some seconds at a time and is told again before they are over: so a pause outlives every change of the owner and
 * ends, by itself, with this daemon. It decides who is served when, never about truth: a pause is a denial.
 * Thread-safe.
 */
public final class ResyncOrders {
    /** For so long an owner pauses without being told again. */
    static final int SECONDS = 10;
    private static final int MOST = 10_000;
    private static final Duration AGAIN = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Supplier<CompletionStage<? extends Collection<String>>> used;
    private final Function<String, CompletionStage<Boolean>> isInSync;
    private final BiConsumer<String, Integer> pause;
    private final Set<String> paused = new TreeSet<>();
    private Optional<String> first = Optional.empty();
    private Set<String> told = Set.of();

    /**
     * What there is.
     *
     * @param paused logs whose resync waits for an order
     * @param first the log that others wait for, until it is in sync
     */
    public record Orders(List<String> paused, Optional<String> first) {
        public Orders {
            paused = List.copyOf(paused);
        }
    }

    /**
     * @param used the logs of this machine
     * @param isInSync whether a log has nothing to resync; a failure: not known
     * @param pause has the owner of a log pause for so many seconds; 0: go on
     */
    public ResyncOrders(Supplier<CompletionStage<? extends Collection<String>>> used,
            Function<String, CompletionStage<Boolean>> isInSync, BiConsumer<String, Integer> pause) {
        this.used = used;
        this.isInSync = isInSync;
        this.pause = pause;
    }

    /** Of this node, told again and again. */
    public static ResyncOrders start(ActorSystem<?> system, NodeStakes stakes, LogSharding owners) {
        ResyncOrders orders = new ResyncOrders(stakes::used,
                uuid -> owners.inspect(uuid, PATIENCE).thenApply(state -> state.unsynced().isEmpty()),
                owners::pauseResync);
        system.scheduler().scheduleWithFixedDelay(AGAIN, AGAIN,
                GoesOn.task("who has resyncs paused", orders::tick), system.executionContext());
        return orders;
    }

    /** What was ordered and still holds. */
    public synchronized Orders now() {
        return new Orders(List.copyOf(paused), first);
    }

    /** Nothing of this log is copied but what writers wait for. */
    public synchronized void pause(String uuid) {
        if (paused.size() < MOST) {
            paused.add(uuid);
        }
    }

    /** It is copied again, and no other one waits for it. */
    public synchronized void resume(String uuid) {
        paused.remove(uuid);
        first = first.filter(log -> !log.equals(uuid));
    }

    /** All other logs of this machine pause until this one is in sync; it takes the place of any earlier one. */
    public synchronized void putFirst(String uuid) {
        paused.remove(uuid);
        first = Optional.of(uuid);
    }

    /** Tells owners again, and those that are not to pause any more: call it every few seconds, and after an order. */
    public void tick() {
        Optional<String> leader = now().first();
        if (leader.isEmpty()) {
            tell(Set.of());
            return;
        }
        isInSync.apply(leader.get()).handle((isDone, failure) -> failure == null && isDone).thenAccept(isDone -> {
            if (isDone) {
                resume(leader.get());
            }
        }).thenCompose(done -> used.get()).thenAccept(this::tell);
    }

    private synchronized void tell(Collection<String> ofMachine) {
        Set<String> wanted = new TreeSet<>(paused);
        first.ifPresent(log -> {
            wanted.addAll(ofMachine);
            wanted.remove(log);
        });
        told.stream().filter(uuid -> !wanted.contains(uuid)).forEach(uuid -> pause.accept(uuid, 0));
        wanted.forEach(uuid -> pause.accept(uuid, SECONDS));
        told = wanted;
    }
}
