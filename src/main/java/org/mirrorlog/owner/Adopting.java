package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.slf4j.Logger;

/**
 * The operator's word that a log goes on whose memory is not whole (D21), from the order to the event. Used by its
 * owner only.
 */
final class Adopting {
    /** Further beyond what was heard of than any log gets between two adoptions. */
    static final long FAR = 1L << 32;

    /** Older builds cannot read of it ({@link Builds}). */
    static final int FORMAT = 1;

    private final String uuid;
    private final Hearsay hearsay;
    private final List<OwnerCommand.Adopt> orders = new ArrayList<>();
    private final Set<InstanceId> held = new HashSet<>();
    /** By incarnation, the earlier runs of its kernel, which are over. */
    private final Map<String, List<String>> absent = new LinkedHashMap<>();
    /** The settings say so; once for each history. */
    private boolean isSet;

    Adopting(String uuid, boolean isSet, Hearsay hearsay) {
        this.uuid = uuid;
        this.isSet = isSet;
        this.hearsay = hearsay;
    }

    /**
     * The log is replayed: settings that name one that was adopted before have no effect, and that is said. One that
     * the journal does not know is adopted where that goes on from a backup.
     */
    void begin(LogState state, Logger log) {
        isSet |= hearsay.isRestored() && state.geometry().isEmpty() && state.adoption().isEmpty();
        if (isSet && state.adoption().isPresent()) {
            log.warn("log {}: mirrorlog.adopt names it, but it was adopted before, by commit {}: nothing is done;"
                    + " \"mirrorlogctl adopt\" does it once more", uuid, state.adoption().get().at());
        }
    }

    void ordered(OwnerCommand.Adopt order) {
        orders.add(order);
    }

    /** What was answered: who is held may need an adoption. */
    void answered(List<OwnerCommand.Decided> decided) {
        for (OwnerCommand.Decided one : decided) {
            InstanceId by = one.ask().round().by();
            if (one.answer() instanceof Answer.Held) {
                held.add(by);
            } else {
                held.remove(by);
            }
        }
    }

    /** A node's kernel has no table of this log; of interest if it was awaited. */
    void absent(OwnerCommand.NoTable none, LogState state) {
        boolean isAwaited = state.adoption().filter(a -> a.at() == none.adoptedAt()
                && (a.awaited().containsKey(none.incarnation())
                        || none.former().stream().anyMatch(a.awaited()::containsKey))).isPresent();
        if (isAwaited) {
            absent.put(none.incarnation(), none.former());
        }
    }

    boolean hasAbsent() {
        return !absent.isEmpty();
    }

    /**
     * Who has said that its kernel has no table, and is still awaited; and earlier runs of that kernel, which are over.
     */
    List<LogEvent> absences(LogState state, boolean isNewBootProofOfDeath) {
        List<LogEvent> events = new ArrayList<>();
        Map<String, String> awaited = state.adoption().map(Adoption::awaited).orElse(Map.of());
        absent.forEach((incarnation, former) -> {
            awaited.keySet().stream().filter(other -> isNewBootProofOfDeath && former.contains(other)
                    && !other.equals(incarnation)).forEach(other -> events.add(new LogEvent.Died(other)));
            if (awaited.containsKey(incarnation)) {
                events.add(new LogEvent.Absent(incarnation));
            }
        });
        absent.clear();
        return events;
    }

    boolean isOrdered() {
        return !orders.isEmpty();
    }

    /**
     * Whether to adopt now. Where an older build in the cluster could not read of it, it is not done at all.
     *
     * @param isAsked whether anybody waits for an answer
     */
    boolean isDue(LogState state, boolean isAsked, OwnerRuntime runtime) {
        if (orders.isEmpty() && !(isSet && isAsked && state.adoption().isEmpty())) {
            return false;
        }
        Optional<String> tooOld = runtime.tooOldFor(FORMAT);
        if (tooOld.isPresent()) {
            runtime.log().error("log {}: it cannot be adopted {}", uuid, tooOld.get());
            giveUp();
        }
        return tooOld.isEmpty();
    }

    /**
     * The event, if there is still something to be done: an adoption after which nothing has happened yet needs no
     * second one.
     *
     * @param heard the highest number that anybody has shown to know of
     */
    List<LogEvent> events(LogState state, long heard, InstanceDirectory directory) {
        boolean isDone = state.adoption().filter(Adoption::isFresh).isPresent() && heard <= state.number();
        boolean isMeant = orders.isEmpty() || orders.stream().anyMatch(OwnerCommand.Adopt::isForced);
        boolean isHealthy = state.hasActive() && held.isEmpty() && heard <= state.number();
        if (isDone || isHealthy && !isMeant) {
            return List.of();
        }
        Map<String, String> awaited = new LinkedHashMap<>(hearsay.nodes().get());
        awaited.putAll(directory.nodes());
        return List.of(new LogEvent.Adopted(Math.max(state.number(), heard) + FAR, awaited));
    }

    /** It cannot be done now: whoever ordered it hears nothing, and the settings count no more for this owner. */
    private void giveUp() {
        orders.clear();
        isSet = false;
    }

    /** The history has it, from now on. */
    void adopted(LogState state, Logger log) {
        tell(uuid, log);
        done(state);
    }

    static void tell(String uuid, Logger log) {
        log.warn("log {}: adopted: every region is out of sync, and none is recovered before every node has resumed it"
                + " anew, has no such table or is declared dead", uuid);
    }

    /** The history has it: whoever ordered it is told. */
    void done(LogState state) {
        orders.forEach(order -> order.replyTo().tell(state));
        orders.clear();
    }
}
