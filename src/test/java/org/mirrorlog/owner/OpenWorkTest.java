package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;

/** Recovery goes on: marks in its way are asked for, idle kernels are woken (D12, L5). */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OpenWorkTest {
    private static final InstanceId A = OwnerStage.A;
    private static final InstanceId B = OwnerStage.B;

    private final OwnerStage stage = new OwnerStage("LVM-work");
    private long sessionOfB;

    @BeforeEach
    void bothResume() {
        stage.resume(OwnerStage.core());
        sessionOfB = ((Answer.Joined) askB(0, new Ask.Resume(OwnerStage.core()))).session();
    }

    @AfterEach
    void stop() {
        stage.close();
    }

    private Answer askB(long session, Ask ask) {
        stage.send(stage.round(B, session, ask, 0));
        return stage.answer().answer();
    }

    private Answer askB(Ask ask) {
        return askB(sessionOfB, ask);
    }

    private Answer clearA(long region) {
        Round round = stage.round(A, stage.session(), new Ask.HandOn(), 0);
        stage.send(new Round(round.uuid(), A, round.node(), round.daemonStart(), round.session(), round.number(), 0, 0,
                RegionSet.of(region), new Ask.HandOn()));
        return stage.answer().answer();
    }

    private Notice notice() {
        return stage.notices.receiveMessage(Duration.ofSeconds(20));
    }

    @Test
    void d12ShouldAnswerAtOnceAskForTheMarkAndWakeTheAskerWhenItIsGone() {
        stage.mark(5);
        askB(new Ask.SetSync(5, false));

        assertEquals(new Answer.NoWork(), askB(new Ask.NextResync()));
        assertEquals(new Notice.GiveUp(stage.uuid, A, RegionSet.of(5)), notice());

        clearA(5);
        assertEquals(new Notice.Wake(stage.uuid, B), notice());
        assertEquals(new Answer.Work(5), askB(new Ask.NextResync()));
    }

    @Test
    void d12ShouldGiveAnotherRegionWhereThereIsOne() {
        stage.mark(5);
        askB(new Ask.SetSync(5, false));
        askB(new Ask.SetSync(9, false));

        assertEquals(new Answer.Work(9), askB(new Ask.NextResync()));
    }

    @Test
    void r3ShouldNotGiveOutARegionWhoseMarkIsNotGivenUp() {
        stage.mark(5);
        askB(new Ask.SetSync(5, false));

        for (int i = 0; i < 3; i++) {
            assertEquals(new Answer.NoWork(), askB(new Ask.NextResync()));
            assertInstanceOf(Notice.GiveUp.class, notice());
        }
    }

    @Test
    void r4ShouldNotAskForMarksThatAreNotInTheWay() {
        stage.mark(5, 6);
        stage.ask(new Ask.SetSync(6, false));

        assertEquals(new Answer.NoWork(), askB(new Ask.NextResync()));

        stage.notices.expectNoMessage(Duration.ofMillis(300));
    }

    /** No mark is asked for either; and once the time is over whoever can is woken. */
    @Test
    void l2ShouldGiveOutOnlyWhatWritersWaitForWhileItIsPaused() {
        askB(new Ask.SetSync(5, false));
        askB(new Ask.SetSync(9, false));
        askB(new Ask.SetSync(12, false));
        stage.mark(12);
        stage.owner.tell(new OwnerCommand.PauseResync(60));

        assertEquals(new Answer.NoWork(), askB(new Ask.NextResync()));
        stage.notices.expectNoMessage(Duration.ofMillis(300));
        assertEquals(new Answer.Wait(), stage.ask(new Ask.MayWrite(9, false)).answer());
        assertEquals(new Answer.Work(9), askB(new Ask.NextResync()));
        stage.owner.tell(new OwnerCommand.PauseResync(60));
        assertEquals(new Answer.Work(9), askB(new Ask.NextResync()), "what was begun is ended");
        assertEquals(new Answer.SyncSet(true), askB(new Ask.SetSync(9, true)));
        assertEquals(new Answer.NoWork(), askB(new Ask.NextResync()));

        stage.owner.tell(new OwnerCommand.PauseResync(0));
        assertInstanceOf(Notice.Wake.class, notice());
        assertEquals(new Answer.Work(5), askB(new Ask.NextResync()));
    }

    @Test
    void l5ShouldGoOnWhenNobodyPausesItAnyMore() {
        askB(new Ask.SetSync(5, false));
        stage.owner.tell(new OwnerCommand.PauseResync(2));
        assertEquals(new Answer.NoWork(), askB(new Ask.NextResync()));

        assertInstanceOf(Notice.Wake.class, notice());
        assertEquals(new Answer.Work(5), askB(new Ask.NextResync()));
    }

    @Test
    void l5ShouldWakeSomebodyWhenTheRecovererIsGone() {
        askB(new Ask.SetSync(5, false));
        assertEquals(new Answer.Work(5), askB(new Ask.NextResync()));
        askB(new Ask.Halt());

        assertEquals(new Notice.Wake(stage.uuid, B), notice());
    }

    @Test
    void l5ShouldLeaveKernelsAloneThatAskForNothing() {
        askB(new Ask.SyncCount());
        stage.ask(new Ask.SyncCount());
        askB(new Ask.SetSync(5, false));

        stage.notices.expectNoMessage(Duration.ofMillis(1_500));
    }
}
