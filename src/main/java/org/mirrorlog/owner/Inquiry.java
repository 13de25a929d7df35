package org.mirrorlog.owner;

import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Rules;
import org.mirrorlog.owner.OwnerCommand.Ask;
import org.mirrorlog.owner.OwnerCommand.AskOthers;
import org.mirrorlog.owner.OwnerCommand.HeardAnswer;

/**
 * Asks the other nodes whether they have heard of a log that the journal does not know, before its first table lets it
 * begin clean (nosync): the journal may be an older copy (D2). Until all have answered the table waits, for some ten
 * seconds at most; then, or when anybody has heard of it, the log begins all dirty, which costs a resync and no more.
 * What was said counts for one commit. Used by its owner's actor only.
 */
final class Inquiry {
    private static final Duration FIRST_AGAIN = Duration.ofMillis(100);
    private static final Duration LAST_AGAIN = Duration.ofSeconds(1);
    /** Ten and a half seconds from the first to the end of the last. */
    private static final int MOST_CALLS = 13;
    /** So many in vain are no matter of a message that got lost. */
    private static final int CALLS_UNTIL_TOLD = 5;

    private final ActorContext<OwnerCommand> context;
    private final TimerScheduler<OwnerCommand> timers;
    private final String uuid;
    private final Hearsay hearsay;
    private final Rules asked;
    private final Rules unasked;
    private final Set<String> unheard = new HashSet<>();
    private Rules rules;
    private int calls;

    /**
     * Nobody is asked yet.
     *
     * @param rules of the log if nobody has heard of it
     */
    Inquiry(ActorContext<OwnerCommand> context, TimerScheduler<OwnerCommand> timers, String uuid, Hearsay hearsay,
            Rules rules) {
        this.context = context;
        this.timers = timers;
        this.uuid = uuid;
        this.hearsay = hearsay;
        this.asked = new Rules(rules.isNewBootProofOfDeath(), rules.isForgetful(), true);
        this.unasked = new Rules(rules.isNewBootProofOfDeath(), rules.isForgetful(), false);
        this.rules = unasked;
    }

    /** What to decide the next commit by. */
    Rules rules() {
        return rules;
    }

    /** Whether the others have to answer before these rounds are decided; they are asked then. */
    boolean isAwaited(LogState state, List<Ask> rounds) {
        boolean isBeginning = rounds.stream()
                .anyMatch(ask -> Decider.needsWordOfOthers(state, unasked, ask.round()));
        if (!isBeginning || rules.isUnheardOf() || calls > MOST_CALLS) {
            return false;
        }
        Map<String, String> silent = silent();
        rules = silent.isEmpty() ? asked : unasked;
        if (!silent.isEmpty() && calls == 0) {
            call(silent);
        }
        return !silent.isEmpty();
    }

    /** By incarnation, the names of those that have not answered; of this node too, whose other tables may know. */
    private Map<String, String> silent() {
        Map<String, String> silent = new TreeMap<>(hearsay.nodes().get());
        silent.keySet().removeAll(unheard);
        return silent;
    }

    private void call(Map<String, String> silent) {
        calls++;
        if (calls == CALLS_UNTIL_TOLD || calls > MOST_CALLS) {
            context.getLog().warn("log {}: the journal does not know it, and {} do not say whether they have heard of"
                    + " it: {}", uuid, new TreeSet<>(silent.values()),
                    calls > MOST_CALLS ? "it begins all dirty, nosync notwithstanding" : "its first RESUME waits");
        }
        if (calls <= MOST_CALLS) {
            hearsay.question().accept(new HeardQuestion(uuid, context.getSelf()));
            Duration again = FIRST_AGAIN.multipliedBy(1L << (calls - 1));
            timers.startSingleTimer(AskOthers.INSTANCE, again.compareTo(LAST_AGAIN) > 0 ? LAST_AGAIN : again);
        }
    }

    /** The time has come to ask once more, or no more. */
    void again() {
        if (calls > 0 && calls <= MOST_CALLS) {
            call(silent());
        }
    }

    /** A node has answered. */
    void answered(HeardAnswer answer) {
        if (calls == 0) {
            return;
        }
        if (answer.isHeard()) {
            if (calls <= MOST_CALLS) {
                context.getLog().warn("log {}: the journal does not know it, but {} has heard of it: it begins all"
                        + " dirty, nosync notwithstanding", uuid, hearsay.nodes().get()
                        .getOrDefault(answer.incarnation(), answer.incarnation()));
            }
            calls = MOST_CALLS + 1;
            timers.cancel(AskOthers.INSTANCE);
        } else {
            unheard.add(answer.incarnation());
        }
    }

    /** A commit was decided: what was said is over. */
    void settled() {
        if (calls > 0 || rules.isUnheardOf()) {
            timers.cancel(AskOthers.INSTANCE);
            unheard.clear();
            rules = unasked;
            calls = 0;
        }
    }
}
