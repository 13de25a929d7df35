package org.mirrorlog.owner;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.OwnerTerm;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.Rules;
import org.mirrorlog.owner.OwnerCommand.Ask;
import org.mirrorlog.owner.OwnerCommand.AskOthers;
import org.mirrorlog.owner.OwnerCommand.HeardAnswer;

/**
 * Asks the nodes what they have heard of the log before a RESUME is decided by what the journal says of it: the journal
 * may be an older copy (D2). Rounds of others do not wait for that. Used by its owner only.
 *
 * <p>A log that the journal does not know begins clean (nosync) only if all known nodes have said that they have not
 * heard of it. Until then its first table waits, for some ten seconds at most; then, or when anybody has heard of it,
 * the log begins all dirty, which costs a resync and no more. What was said counts for one commit.
 *
 * <p>Of a log that it knows the members within reach are asked what they have heard of it, by the first RESUME of this
 * owner's time, and by the next ones until all known nodes have answered. Somebody who has heard of more makes this
 * history too short, and everything is held. Who is out of reach, or of a build that cannot tell, is not awaited; a
 * member within reach that says nothing is, for some ten seconds and once only.
 */
final class Inquiry {
    private static final Duration FIRST_AGAIN = Duration.ofMillis(100);
    private static final Duration LAST_AGAIN = Duration.ofSeconds(1);
    /** Ten and a half seconds from the first to the end of the last. */
    private static final int MOST_CALLS = 13;
    /** So many in vain are no matter of a message that got lost. */
    private static final int CALLS_UNTIL_TOLD = 5;

    private final OwnerRuntime runtime;
    private final String uuid;
    private final Hearsay hearsay;
    private final Rules asked;
    private final Rules unasked;
    private final Map<String, HeardAnswer> answers = new HashMap<>();
    /** Were awaited in vain. */
    private final Set<String> mute = new HashSet<>();
    private Rules rules;
    private boolean isOfKnownLog;
    /** Nobody has heard of more than what this owner's commits go on from, or they begin the log. */
    private boolean isVouchedFor;
    private int calls;

    /**
     * Nobody is asked yet.
     *
     * @param rules of the log if nobody has heard of it
     */
    Inquiry(OwnerRuntime runtime, String uuid, Hearsay hearsay,
            Rules rules) {
        this.runtime = runtime;
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

    /** Which of these rounds have to wait for what others say; they are asked then. */
    List<Ask> awaiting(LogState state, List<Ask> rounds) {
        List<Ask> concerned = rounds.stream().filter(ask -> isConcerned(state, ask.round())).toList();
        if (concerned.isEmpty() || rules.isUnheardOf() || calls > MOST_CALLS) {
            return List.of();
        }
        isOfKnownLog = state.geometry().isPresent();
        Map<String, String> silent = silent();
        if (silent.isEmpty()) {
            rules = isOfKnownLog ? unasked : asked;
            return List.of();
        }
        if (!runtime.isTimerActive(AskOthers.INSTANCE)) {
            // The first time; or all had answered, and before that was looked at one more came within reach.
            call(silent);
        }
        return calls > MOST_CALLS ? List.of() : concerned;
    }

    private boolean isConcerned(LogState state, Round round) {
        return Decider.needsWordOfOthers(state, unasked, round)
                || !isVouchedFor && Decider.reliesOnJournal(state, round);
    }

    /** Who has heard of more of the log than this history has, for people. */
    Optional<String> whoKnowsMore(OwnerTerm term, LogState state, List<Ask> rounds) {
        if (rounds.stream().anyMatch(ask -> term.isTooShortFor(ask.round(), state))) {
            return Optional.of("an instance");
        }
        return isOfKnownLog ? answers.values().stream()
                .filter(answer -> term.isTooShortFor(answer.number(), answer.term(), state))
                .map(answer -> nameOf(answer.incarnation())).sorted().findFirst() : Optional.empty();
    }

    /** The highest number that was told. */
    long highest() {
        return answers.values().stream().mapToLong(HeardAnswer::number).max().orElse(0);
    }

    /** By incarnation, the names of those that have not answered; of this node too, whose other tables may know. */
    private Map<String, String> silent() {
        Map<String, String> silent = new TreeMap<>((isOfKnownLog ? hearsay.withinReach() : hearsay.nodes()).get());
        silent.keySet().removeAll(answers.keySet());
        if (isOfKnownLog) {
            silent.keySet().removeAll(mute);
        }
        return silent;
    }

    private String nameOf(String incarnation) {
        return hearsay.nodes().get().getOrDefault(incarnation, incarnation);
    }

    private void call(Map<String, String> silent) {
        calls++;
        if (calls == CALLS_UNTIL_TOLD || calls > MOST_CALLS) {
            String then = calls <= MOST_CALLS ? "its first RESUME waits"
                    : isOfKnownLog ? "it goes on from what the journal knows"
                    : "it begins all dirty, nosync notwithstanding";
            runtime.log().warn("log {}: {}, and {} do not say what they have heard of it: {}", uuid,
                    isOfKnownLog ? "the journal may be an older copy" : "the journal does not know it",
                    new TreeSet<>(silent.values()), then);
        }
        if (calls > MOST_CALLS) {
            mute.addAll(silent.keySet());
            return;
        }
        hearsay.question().accept(new HeardQuestion(uuid, runtime.self()));
        Duration again = FIRST_AGAIN.multipliedBy(1L << (calls - 1));
        runtime.startTimer(AskOthers.INSTANCE, again.compareTo(LAST_AGAIN) > 0 ? LAST_AGAIN : again);
    }

    /** The time has come to ask once more, or no more. */
    void again() {
        Map<String, String> silent = silent();
        if (calls > 0 && calls <= MOST_CALLS && !silent.isEmpty()) {
            call(silent);
        }
    }

    /** A node has answered. */
    void answered(HeardAnswer answer) {
        if (calls == 0) {
            return;
        }
        answers.put(answer.incarnation(), answer);
        if (answer.isHeard() && !isOfKnownLog) {
            if (calls <= MOST_CALLS) {
                runtime.log().warn("log {}: the journal does not know it, but {} has heard of it: it begins all"
                        + " dirty, nosync notwithstanding", uuid, nameOf(answer.incarnation()));
            }
            calls = MOST_CALLS + 1;
            runtime.cancelTimer(AskOthers.INSTANCE);
        }
    }

    /** All rounds that waited for others were decided on this: what was said is over. */
    void settled(LogState state) {
        isVouchedFor |= state.geometry().isEmpty();
        if (calls > 0 || rules.isUnheardOf()) {
            runtime.cancelTimer(AskOthers.INSTANCE);
            isVouchedFor |= answers.keySet().containsAll(hearsay.nodes().get().keySet());
            answers.clear();
            rules = unasked;
            calls = 0;
        }
    }
}
