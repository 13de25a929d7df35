package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;

/** The operator's word goes into the history, whatever the history lacks (D2, D21). */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AdoptionTest {
    private static final RegionSet ALL = RegionSet.range(0, 64);

    private final OwnerStage stage = new OwnerStage("LVM-adopted");

    @AfterEach
    void stop() {
        stage.close();
    }

    private Round rejoin(long session, long seen) {
        return stage.round(OwnerStage.A, session, new Ask.Rejoin(OwnerStage.core(), session, RegionSet.of(3), 0,
                RegionSet.empty()), seen);
    }

    private List<LogEvent.Adopted> adoptions() {
        return stage.commits().stream().flatMap(commit -> commit.events().stream())
                .filter(LogEvent.Adopted.class::isInstance).map(LogEvent.Adopted.class::cast).toList();
    }

    @Test
    void d21ShouldTakeUpARunningTableOfALostJournalOnceAdopted() {
        stage.send(rejoin(99, 0));
        assertInstanceOf(Answer.Held.class, stage.answer().answer());

        LogState adopted = stage.adopt();
        stage.send(rejoin(99, adopted.number()));

        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        assertEquals(ALL, stage.inspect().dirty());
    }

    @Test
    void d2ShouldAdoptAHistoryThatIsTooShort() {
        stage.resume(OwnerStage.core());
        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.HandOn(), 5_000));
        stage.assertSilent();
        stage.restart(1_000);

        LogState adopted = stage.adopt();

        assertTrue(adopted.number() > 5_000 + (1L << 31), adopted.number() + "");
        assertEquals(ALL, adopted.unsynced());
        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.HandOn(), 5_000));
        assertTrue(stage.answer().logNumber() > 5_000, "who has heard of more goes along with it");
        stage.send(rejoin(stage.session(), adopted.number()));
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
    }

    @Test
    void d21ShouldOutliveTheOwner() {
        stage.adopt();

        stage.restart(1);

        stage.send(rejoin(99, stage.inspect().number()));
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        stage.restart(1);
        assertTrue(stage.inspect().isAwaiting(), "a snapshot knows of it, too");
    }

    @Test
    void shouldNotAdoptTwiceWhatNobodyHasUsedSince() {
        stage.resume(OwnerStage.core());
        LogState first = stage.adopt();

        LogState second = stage.adopt();

        assertEquals(first, second);
        assertEquals(1, adoptions().size());
    }

    @Test
    void shouldLeaveALogAloneThatIsWell() {
        stage.resume(OwnerStage.core());

        assertTrue(stage.adopt(false).adoption().isEmpty());

        assertEquals(List.of(), adoptions());
    }

    @Test
    void shouldNotAwaitANodeWhoseKernelHasNoTable() {
        stage.send(rejoin(99, 0));
        stage.answer();
        LogState adopted = stage.adopt(false);
        String awaited = OwnerStage.A.incarnation();
        assertEquals(Set.of(awaited), adopted.adoption().get().awaited().keySet());

        stage.owner.tell(new OwnerCommand.NoTable("node-boot-a", awaited, adopted.number() - 1));
        stage.owner.tell(new OwnerCommand.NoTable("node-boot-a", awaited, adopted.number()));

        org.awaitility.Awaitility.await().until(() -> !stage.inspect().isAwaiting());
    }

    @Test
    void shouldAwaitWhoeverHasAsked() {
        stage.send(rejoin(99, 0));
        stage.answer();

        stage.adopt();

        assertEquals(Set.of(OwnerStage.A.incarnation()), adoptions().get(0).awaited().keySet());
    }

    @Test
    void shouldHeedTheSettingOnceForEachHistory() {
        stage.adopted = Set.of(stage.uuid);
        stage.restart(1_000);
        stage.send(rejoin(99, 0));
        assertInstanceOf(Answer.Held.class, stage.answer().answer());
        assertEquals(1, adoptions().size());
        stage.send(rejoin(99, stage.inspect().number()));
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());

        stage.restart(1_000);
        stage.send(stage.round(OwnerStage.A, 99, new Ask.HandOn(), 0));
        stage.answer();

        assertEquals(1, adoptions().size());
    }
}
