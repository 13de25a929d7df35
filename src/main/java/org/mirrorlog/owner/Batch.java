package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.Decision;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.Rules;
import org.mirrorlog.owner.OwnerCommand.Decided;

/**
 * The rounds that go into one commit, decided one after the other.
 *
 * @param events to append; the owner's own event is not among them
 * @param decided rounds with their answers
 * @param postponed for the next commit
 * @param heldBack not to be decided on this node
 */
record Batch(List<LogEvent> events, List<Decided> decided, List<OwnerCommand.Ask> postponed,
             List<OwnerCommand.Ask> heldBack) {

    /**
     * Beyond this what waits goes into the next commit. One round alone may take more: three maps of 8 MiB at most
     * (clears, marks, grants), which is less than the journals' {@code max-group-bytes}.
     */
    static final long MOST_BYTES = 4L << 20;

    /**
     * What rounds are decided by, besides the history.
     *
     * @param decider how
     * @param mishaps what a round has made the rules throw
     */
    record Grounds(RoundDecider decider, Rules rules, ResyncRequests requests, PlacementPolicy place,
            Map<InstanceId, OwnerCommand.DeviceWasRead> readings, Consumer<Throwable> mishaps) { }

    /**
     * Decides.
     *
     * @param opened the state, opened for the commit and with the owner's own event in it
     * @param waiting in the order of {@link PlacementPolicy#inOrder}
     */
    static Batch of(LogState opened, List<OwnerCommand.Ask> waiting, Grounds grounds) {
        Batch batch = new Batch(new ArrayList<>(), new ArrayList<>(waiting.size()), new ArrayList<>(),
                new ArrayList<>());
        LogState working = opened;
        boolean isClosed = false;
        long bytes = 0;
        for (OwnerCommand.Ask ask : waiting) {
            if (isClosed) {
                batch.postponed.add(ask);
                continue;
            }
            Round round = ask.round();
            if (isReadElsewhere(working, round, grounds)) {
                batch.heldBack.add(ask);
                continue;
            }
            Optional<Step> step = step(working, round, grounds);
            if (step.isEmpty()) {
                continue;
            }
            Decision decision = step.get().decision();
            LogState then = step.get().then();
            boolean isEnd = grounds.place.isEnd(working, then);
            long more = bytes(decision.events());
            boolean isFull = bytes > 0 && bytes + more > MOST_BYTES;
            if (!isOfNoDevice(decision) && !grounds.place.mayLead(working, then, round)) {
                batch.heldBack.add(ask);
            } else if (isFull || isEnd && !batch.decided.isEmpty()) {
                batch.postponed.add(ask);
                isClosed = isFull;
            } else {
                bytes += more;
                batch.events.addAll(decision.events());
                batch.decided.add(new Decided(ask, decision.answer()));
                working = then;
                isClosed = isEnd;
            }
        }
        return batch;
    }

    /**
     * It concerns no log device, wherever the log is, and the asker may have to hear it: after an adoption it comes in
     * only with the number that it is told, and a table that no log knows of goes on only if it is told so.
     */
    private static boolean isOfNoDevice(Decision decision) {
        return decision.events().stream().allMatch(LogEvent.RoundExecuted.class::isInstance)
                && promisesNothing(decision.answer());
    }

    /**
     * Whether it denies whatever was asked, so that no log device has to hold anything before it. What is told beside
     * every answer, number and counts, is the journal's alone.
     */
    static boolean promisesNothing(Answer answer) {
        return answer instanceof Answer.Held || answer instanceof Answer.UnknownSession
                || answer instanceof Answer.DeclaredDead;
    }

    /** What the events take in the journal, but for some tens of bytes each. */
    private static long bytes(List<LogEvent> events) {
        long bytes = 0;
        for (LogEvent event : events) {
            RegionSet regions = event instanceof LogEvent.EpochBegan epoch ? epoch.dirty() : event.regions();
            bytes += regions.isEmpty() ? 0 : regions.encodedSize();
        }
        return bytes;
    }

    private static boolean isReadElsewhere(LogState working, Round round, Grounds grounds) {
        return Decider.needsDevice(working, grounds.rules, round) && !grounds.place.isOfHere(round.by());
    }

    /** A decision, and what it leads to. */
    private record Step(Decision decision, LogState then) { }

    /** What one round makes the rules throw stays with it: it is held, and the others are decided. */
    private static Optional<Step> step(LogState working, Round round, Grounds grounds) {
        try {
            return decide(working, round, grounds).map(its -> new Step(its, working.with(its.events())));
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            grounds.mishaps.accept(e);
            return Optional.of(new Step(held("the owner cannot decide it (" + e + "); please report this"), working));
        }
    }

    private static Optional<Decision> decide(LogState working, Round round, Grounds grounds) {
        Optional<DeviceAssessment> assessment = Optional.ofNullable(grounds.readings.get(round.by()))
                .filter(read -> read.round().number() == round.number()).map(OwnerCommand.DeviceWasRead::assessment);
        if (assessment.isPresent() && assessment.get().report().isEmpty()) {
            return Optional.of(held(assessment.get().holdReason()));
        }
        if (assessment.isEmpty() && Decider.needsDevice(working, grounds.rules, round)) {
            return Optional.of(held("the log device has to be read first"));
        }
        return grounds.decider.decide(working, grounds.requests, grounds.rules, round,
                assessment.flatMap(DeviceAssessment::report));
    }

    private static Decision held(String reason) {
        return new Decision(List.of(), new Answer.Held(reason));
    }
}
