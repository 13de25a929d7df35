package org.mirrorlog.owner;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Whether this node gives its logs away, because it is going to be stopped: each to a node that uses it, too. That is
 * about who serves, never about truth: the receiver judges by itself whether it may own the log, and hands it on or
 * back if not (D20). So a log is given to the same node once in a minute at most, whatever becomes of it there; two
 * nodes that drain at a time do not play with it.
 *
 * <p>Thread-safe; watchers are told on the thread that orders, and must not block.
 */
public final class Draining {
    private static final long AGAIN_AFTER_MS = 60_000;
    /** Logs and nodes; beyond that nothing more is given away for a while. */
    private static final int MOST_GIVEN = 65_536;

    private final Supplier<? extends Collection<String>> withinReach;
    private final LongSupplier clockMs;
    private final Map<String, Here> here = new ConcurrentHashMap<>();
    private final Map<Gift, Long> given = new LinkedHashMap<>();
    private volatile boolean isOn;

    /** A log whose owner is on this node. */
    private record Here(Runnable watcher, Stay stay) { }

    private record Gift(String uuid, String incarnation) { }

    /**
     * Why a log is still here.
     *
     * @param isMoving it is on its way
     * @param why for people
     */
    public record Stay(boolean isMoving, String why) { }

    /**
     * @param withinReach incarnations of other members of the cluster that could serve
     * @param clockMs milliseconds, never going back
     */
    public Draining(Supplier<? extends Collection<String>> withinReach, LongSupplier clockMs) {
        this.withinReach = withinReach;
        this.clockMs = clockMs;
    }

    /** Whether logs are given away. */
    public boolean isOn() {
        return isOn;
    }

    /** Whether there is any node to give them to. */
    public boolean isAlone() {
        return withinReach.get().isEmpty();
    }

    /** From now on, or not any more; owners are told to look, also if that is nothing new. */
    public void set(boolean isToBeOn) {
        synchronized (given) {
            given.clear();
        }
        isOn = isToBeOn;
        here.forEach((uuid, log) -> {
            here.replace(uuid, log, new Here(log.watcher(), new Stay(isToBeOn, "its owner has not looked yet")));
            log.watcher().run();
        });
    }

    /** The logs whose owners are here and, while they are given away, why they still are. */
    public Map<String, Stay> here() {
        Map<String, Stay> logs = new TreeMap<>();
        here.forEach((uuid, log) -> logs.put(uuid, log.stay()));
        return logs;
    }

    /** An owner of this log is here; it is told to look at each order. */
    public void came(String uuid, Runnable watcher) {
        here.put(uuid, new Here(watcher, new Stay(isOn, "its owner has not looked yet")));
    }

    /** It is not any more. */
    public void went(String uuid, Runnable watcher) {
        here.computeIfPresent(uuid, (id, log) -> log.watcher() == watcher ? null : log);
    }

    /**
     * To which node the log is to be given now; nowhere if it stays, which is then told to whoever looks.
     *
     * @param users incarnations of others that may serve it, the best ones first
     */
    public Optional<String> next(String uuid, List<String> users) {
        Collection<String> members = withinReach.get();
        List<String> reachable = users.stream().filter(members::contains).toList();
        Optional<String> next;
        synchronized (given) {
            long now = clockMs.getAsLong();
            given.values().removeIf(at -> now - at >= AGAIN_AFTER_MS);
            next = reachable.stream().filter(user -> given.size() < MOST_GIVEN
                    && !given.containsKey(new Gift(uuid, user))).findFirst();
            next.ifPresent(user -> given.put(new Gift(uuid, user), now));
        }
        Stay stay = next.isPresent() ? new Stay(true, "on its way to another node")
                : new Stay(false, users.isEmpty() ? "no other node that uses it could serve it"
                        : reachable.isEmpty() ? "the other nodes that use it are out of reach"
                        : "it has come back: those who use it cannot serve it, or are being drained as well");
        here.computeIfPresent(uuid, (id, log) -> new Here(log.watcher(), stay));
        return next;
    }
}
