package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.LogSpec;

/** Rules of the log, one scene each. */
class LogRulesTest {
    private static final LogSpec SPEC =
            new LogSpec(64, LogSpec.LogType.CORE, Optional.empty(), 8, LogSpec.SyncMode.DEFAULT,
            false);
    private static final InstanceId A = new InstanceId("boot-a", 1);
    private static final InstanceId B = new InstanceId("boot-b", 1);
    private static final RegionSet NONE = RegionSet.empty();

    private final Map<String, Long> numbers = new HashMap<>();
    private final ResyncRequests requests = new ResyncRequests();
    private LogState log = LogState.unborn();

    private Answer ask(InstanceId by, RegionSet clears, Ask ask) {
        return ask(by, by.incarnation(), 1, clears, ask);
    }

    private Answer ask(InstanceId by, String node, long daemonStart, RegionSet clears, Ask ask) {
        long session = log.members().containsKey(by) ? log.members().get(by).session() : 0;
        Round round = new Round("uuid", by, node, daemonStart, session,
                numbers.merge(by.incarnation(), 1L, Long::sum), 0, 0,
                clears, ask);
        Decision decision = Decider.decide(log.opened(), requests, new Rules(true, false), round, Optional.empty())
                .orElseThrow();
        log = decision.events().isEmpty() ? log : log.after(new Commit(decision.events()));
        log.check();
        return decision.answer();
    }

    private Answer ask(InstanceId by, Ask ask) {
        return ask(by, NONE, ask);
    }

    private Ask rejoinWithoutRecord() {
        return new Ask.Rejoin(SPEC, 0, NONE, 0, NONE);
    }

    /** S1, D6: the clear was given up before the kernel marked again, so the mark of the same round comes after it. */
    @Test
    void shouldMarkARegionThatTheSameRoundClears() {
        ask(A, new Ask.Resume(SPEC));
        ask(A, new Ask.Mark(RegionSet.of(4)));

        assertEquals(new Answer.Done(), ask(A, RegionSet.of(4), new Ask.Mark(RegionSet.of(4))));

        assertTrue(log.members().get(A).marks().contains(4));
        assertTrue(log.dirty().contains(4));
    }

    /** D15, S6: an instance that is taken to hold every mark and hint comes back only when nobody else copies. */
    @Test
    void shouldHoldARejoinWithoutRecordWhileAnotherCopies() {
        ask(A, new Ask.Resume(SPEC));
        ask(B, new Ask.Resume(SPEC));
        assertEquals(new Answer.Work(0), ask(A, new Ask.NextResync()));

        assertInstanceOf(Answer.Held.class, ask(B, rejoinWithoutRecord()));
        ask(A, new Ask.SetSync(0, true));
        assertInstanceOf(Answer.Joined.class, ask(B, rejoinWithoutRecord()));

        assertEquals(new Answer.NoWork(), ask(A, new Ask.NextResync()));
    }

    /** R3: a mark that waits for a copy still waits after a rejoin that names it among the pending ones. */
    @Test
    void shouldHoldAMarkThatTheRejoinNamed() {
        ask(A, new Ask.Resume(SPEC));
        ask(B, new Ask.Resume(SPEC));
        ask(A, new Ask.NextResync());

        long session = log.members().get(B).session();
        ask(B, new Ask.Rejoin(SPEC, session, RegionSet.of(0), 0, NONE));

        assertInstanceOf(Answer.Held.class, ask(B, new Ask.Mark(RegionSet.of(0))));
        ask(A, new Ask.SetSync(0, true));
        assertEquals(new Answer.Done(), ask(B, new Ask.Mark(RegionSet.of(0))));
    }

    /** D15, L3: its own copy does not keep it out. */
    @Test
    void shouldTakeTheRecovererBackWithoutRecord() {
        ask(A, new Ask.Resume(SPEC));
        ask(A, new Ask.NextResync());

        assertInstanceOf(Answer.Joined.class, ask(A, rejoinWithoutRecord()));
        assertEquals(new Answer.SyncSet(true), ask(A, new Ask.SetSync(0, true)));
    }

    private static Ask resumeAfter(String... former) {
        return new Ask.Resume(SPEC, false, List.of(former));
    }

    /** D16: a new boot proves the older one dead, but an old RESUME that arrives late proves nothing. */
    @Test
    void shouldTakeOnlyANewerBootForProofOfDeath() {
        ask(A, "node", 1, NONE, new Ask.Resume(SPEC));
        ask(A, "node", 1, NONE, new Ask.Forget());
        ask(B, "node", 2, NONE, resumeAfter(A.incarnation()));
        ask(B, "node", 2, NONE, new Ask.Mark(RegionSet.of(4)));

        Answer late = ask(new InstanceId(A.incarnation(), 2), "node", 1, NONE, new Ask.Resume(SPEC));

        assertInstanceOf(Answer.DeclaredDead.class, late);
        assertEquals(List.of(A.incarnation()), log.dead());
        assertTrue(log.members().get(B).marks().contains(4));
        InstanceId newest = new InstanceId("boot-c", 1);
        ask(newest, "node", 3, NONE, resumeAfter(B.incarnation(), A.incarnation()));
        assertEquals(List.of(A.incarnation(), B.incarnation()), log.dead());
    }

    /** D16: numbers of daemon starts may come from wrong clocks, and order nothing but the starts of one boot. */
    @Test
    void d16ShouldNotOrderTwoBootsByTheirClocks() {
        ask(B, "node", 50, NONE, new Ask.Resume(SPEC));
        ask(B, "node", 50, NONE, new Ask.Mark(RegionSet.of(4)));

        ask(A, "node", 100, NONE, new Ask.Resume(SPEC));

        assertEquals(List.of(), log.dead());
        assertTrue(log.members().get(B).marks().contains(4));
        assertInstanceOf(Answer.Joined.class, ask(new InstanceId("boot-c", 1), "node", 7, NONE,
                resumeAfter(A.incarnation())), "whatever its number, it is not held");
        assertEquals(List.of(A.incarnation()), log.dead());
    }

    /** D16: what a machine says of its earlier runs counts only where nothing contradicts it. */
    @Test
    void d16ShouldNotBelieveThatAnotherNodesRunIsOver() {
        ask(A, "node-1", 1, NONE, new Ask.Resume(SPEC));

        ask(B, "node-2", 2, NONE, resumeAfter(A.incarnation(), B.incarnation()));

        assertEquals(List.of(), log.dead());
        assertTrue(log.members().get(A).isActive());
        assertTrue(log.members().get(B).isActive());
    }

    /** D16: a replacement host has the name of a machine that was merely cut off, and its clock may be ahead. */
    @Test
    void d16ShouldNotTakeAnotherMachineOfTheSameNameForANewBoot() {
        ask(A, "node", 1, NONE, new Ask.Resume(SPEC));
        ask(A, "node", 1, NONE, new Ask.Mark(RegionSet.of(4)));

        assertInstanceOf(Answer.Joined.class, ask(B, "node", 2, NONE, new Ask.Resume(SPEC)));

        assertEquals(List.of(), log.dead());
        assertTrue(log.members().get(A).marks().contains(4));
    }

    /** R1, S12, D11: a region unsynced through a death is passed by hints, but not while somebody copies it. */
    @Test
    void shouldGiveNoHintBeyondTheRegionBeingCopied() {
        ask(A, new Ask.Resume(SPEC));
        ask(B, new Ask.Resume(SPEC));
        for (long region = 0; region < 8; region++) {
            ask(A, new Ask.NextResync());
            ask(A, new Ask.SetSync(region, true));
        }
        ask(B, new Ask.Mark(RegionSet.of(3)));
        ask(A, new Ask.SyncCount());
        log = log.after(new Commit(List.of(new LogEvent.Died(B.incarnation()))));
        assertEquals(new Answer.Work(3), ask(A, new Ask.NextResync()));
        InstanceId late = new InstanceId("boot-c", 1);
        ask(late, new Ask.Resume(SPEC));

        Answer.Write write = assertInstanceOf(Answer.Write.class, ask(late, new Ask.MayWrite(1, false)));

        assertEquals(3, write.hint());
        assertEquals(new Answer.Wait(), ask(late, new Ask.MayWrite(3, false)));
    }
}
