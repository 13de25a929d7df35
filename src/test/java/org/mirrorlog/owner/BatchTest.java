package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.Decider;
import org.mirrorlog.log.DeviceReport;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.ResyncRequests;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.Rules;

/** What of the rounds that wait is decided in one commit, on this node. */
class BatchTest {
    private static final String UUID = "LVM-batch";
    private static final Rules RULES = new Rules(true, false);
    private static final InstanceId BEFORE = new InstanceId("boot-1", 1);
    private static final InstanceId AFTER = new InstanceId("boot-2", 1);

    private final LogDevices devices = new LogDevices(Runnable::run, true);

    private static Round resume(InstanceId by, long seen) {
        return new Round(UUID, by, "node1", 1, 0, 1, seen, 0, RegionSet.empty(),
                new Ask.Resume(OwnerStage.disk("/dev/log")));
    }

    private static OwnerCommand.Ask ask(Round round) {
        return ask(round, false);
    }

    private static OwnerCommand.Ask ask(Round round, boolean isElsewhere) {
        return new OwnerCommand.Ask(round, true, new Recipient<>() {
            @Override
            public void tell(FromOwner message) {
                throw new AssertionError("nothing is answered before it is durable: " + message);
            }

            @Override
            public boolean isElsewhere() {
                return isElsewhere;
            }
        });
    }

    /** A disk log, in use by a boot that is over. */
    private static LogState used() {
        List<LogEvent> events = new ArrayList<>(List.of(new LogEvent.OwnerChanged("owner")));
        events.addAll(Decider.decide(LogState.unborn().opened(), new ResyncRequests(), RULES, resume(BEFORE, 0),
                Optional.of(new DeviceReport.Blank())).orElseThrow().events());
        return LogState.unborn().after(new Commit(events));
    }

    private static LogState adopted() {
        LogState used = used();
        return used.after(new Commit(List.of(new LogEvent.Adopted(used.number() + 1_000, Map.of("boot-1", "node1")))));
    }

    private Batch batch(LogState log, Round round) {
        return Batch.of(log.opened(), List.of(ask(round)), new Batch.Grounds(Decider::decide, RULES,
                new ResyncRequests(), new PlacementPolicy(UUID, devices, new InstanceDirectory("boot-2")), Map.of(),
                thrown -> {
                    throw new AssertionError(thrown);
                }));
    }

    /** It comes in only with the number that this answer tells, and no other node would ever be fit to own the log. */
    @Test
    void d21ShouldTellWhoIsHeldAfterAnAdoptionThoughNobodyHereWritesTheDevice() {
        Batch batch = batch(adopted(), resume(AFTER, 3));

        assertEquals(List.of(), batch.heldBack());
        assertInstanceOf(Answer.Held.class, batch.decided().get(0).answer());
    }

    @Test
    void d20ShouldHoldBackWhatChangesTheLogWhereNobodyWritesTheDevice() {
        LogState log = adopted();

        Batch batch = batch(log, resume(new InstanceId("boot-3", 1), log.number()));

        assertEquals(List.of(), batch.decided());
        assertEquals(1, batch.heldBack().size());
    }

    /** Its users' machine has booted anew: nothing but its RESUME ends them, and that needs the device there. */
    @Test
    void d20ShouldMoveALogToWhoComesInWhereNobodyWhoUsesItAsks() {
        InstanceDirectory directory = new InstanceDirectory("boot-9");
        OwnerCommand.Ask resume = ask(resume(AFTER, 0), true);
        directory.heard(resume);

        Optional<Recipient<FromOwner>> better =
                new PlacementPolicy(UUID, devices, directory).better(used(), List.of(resume));

        assertEquals(Optional.of(resume.replyTo()), better);
    }

    /** Its record was lost, and the table that used the log before it has gone unheard: its kernel waits for a word. */
    @Test
    void d20ShouldTellATableThatTheLogDoesNotKnowItThoughNobodyHereWritesTheDevice() {
        Round round = new Round(UUID, new InstanceId("boot-2", 2), "node1", 1, 0, 1, 0, 0, RegionSet.empty(),
                new Ask.Rejoin(OwnerStage.disk("/dev/log"), 0, RegionSet.empty(), 0, RegionSet.empty()));

        Batch batch = batch(used(), round);

        assertEquals(List.of(), batch.heldBack());
        assertEquals(new Answer.UnknownSession(), batch.decided().get(0).answer());
    }

    /** Akka leaves a log where it is whose place is no member: whoever waits would wait until that one is fenced. */
    @Test
    void d20ShouldMoveALogToTheUserWhoWaitsNotToOneWhoMayBeGone() {
        LogState log = used().after(new Commit(List.of(new LogEvent.OwnerChanged("owner"),
                new LogEvent.Joined(AFTER, "node2", 1))));
        InstanceDirectory directory = new InstanceDirectory("boot-9");
        directory.heard(ask(resume(BEFORE, 0), true));
        OwnerCommand.Ask mark = ask(new Round(UUID, AFTER, "node2", 1, 2, 2, 0, 0, RegionSet.empty(),
                new Ask.Mark(RegionSet.of(3))), true);
        directory.heard(mark);

        PlacementPolicy place = new PlacementPolicy(UUID, devices, directory);

        assertEquals(Optional.of(mark.replyTo()), place.better(log, List.of(mark)));
        assertEquals(Optional.of(mark.replyTo()), place.better(log, List.of()), "who was heard last");
    }
}
