package org.mirrorlog.owner;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.RegionSet;

/** Declared deaths reach a log whether its owner runs, starts later or waits for nothing (D16, D22). */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OwnerDeathTest {
    private final OwnerStage stage = new OwnerStage("LVM-deaths");

    @AfterEach
    void stop() {
        stage.close();
    }

    private void bDies() {
        stage.deaths.add(Set.of(OwnerStage.B.incarnation()));
    }

    private void bothResume() {
        stage.resume(OwnerStage.core());
        stage.send(stage.round(OwnerStage.B, 0, new Ask.Resume(OwnerStage.core()), 0));
        long session = ((Answer.Joined) stage.answer().answer()).session();
        stage.send(stage.round(OwnerStage.B, session, new Ask.Mark(RegionSet.of(7)), 0));
        assertEquals(new Answer.Done(), stage.answer().answer());
        assertEquals(new Answer.AllInSync(), stage.ask(new Ask.SyncCount()).answer());
    }

    private void awaitDeathOfB() {
        await("the log hears of the death").until(() -> stage.inspect().dead().contains(OwnerStage.B.incarnation()));
    }

    @Test
    void s16ShouldRecordADeathThoughNobodyAsks() {
        bothResume();

        bDies();

        awaitDeathOfB();
        assertEquals(RegionSet.of(7), stage.inspect().unsynced());
        assertEquals(RegionSet.of(7), stage.inspect().dirty());
        assertEquals(List.of(new Commit(List.of(new LogEvent.Died(OwnerStage.B.incarnation())))),
                stage.commits().subList(stage.commits().size() - 1, stage.commits().size()));
    }

    @Test
    void s16ShouldRecordADeathThatWasDeclaredBeforeItsOwnerStarted() {
        bothResume();
        stage.kit.stop(stage.owner, Duration.ofSeconds(20));
        bDies();

        stage.restart(1_000);

        awaitDeathOfB();
    }

    @Test
    void d16ShouldRefuseAStrangerThatWasDeclaredDead() {
        stage.resume(OwnerStage.core());
        bDies();

        stage.send(stage.round(OwnerStage.B, 0, new Ask.Resume(OwnerStage.core()), 0));

        assertEquals(new Answer.DeclaredDead(), stage.answer().answer());
        assertEquals(new Answer.Done(), stage.ask(new Ask.Mark(RegionSet.of(1))).answer(), "nobody else is harmed");
    }

    @Test
    void shouldNotWriteForADeathThatDoesNotConcernTheLog() {
        stage.resume(OwnerStage.core());
        int before = stage.commits().size();

        bDies();
        stage.mark(3);

        assertEquals(before + 1, stage.commits().size());
    }

    @Test
    void d22ShouldNotReactivateUnlessTold() {
        bothResume();

        bDies();

        awaitDeathOfB();
        assertFalse(stage.inspect().isReactivating());
    }

    @Test
    void d22ShouldBeginAReactivationWithTheDeathAndGiveUpInTime() {
        stage.reactivation = Optional.of(Duration.ofSeconds(3));
        stage.restart(1_000);
        bothResume();

        bDies();

        awaitDeathOfB();
        assertTrue(stage.commits().stream().anyMatch(commit -> commit.events().equals(
                List.of(new LogEvent.Died(OwnerStage.B.incarnation()), new LogEvent.ReactivationBegan()))));
        await("it is given up").until(() -> !stage.inspect().isReactivating());
        assertEquals(RegionSet.of(7), stage.inspect().unsynced());
    }

    @Test
    void d22ShouldStillGiveUpWhenAnotherOwnerHasTakenOver() {
        stage.reactivation = Optional.of(Duration.ofSeconds(3));
        stage.restart(1_000);
        bothResume();
        bDies();
        awaitDeathOfB();

        stage.restart(2);

        await("it is given up").until(() -> !stage.inspect().isReactivating());
    }
}
