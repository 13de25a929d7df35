package org.mirrorlog.owner;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.protocol.LogSpec;

/**
 * A log that its journal does not know begins clean only where no node has heard of it; one that it knows goes on only
 * where no node within reach has heard of more (D2).
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class InquiryTest {
    private static final RegionSet ALL = RegionSet.range(0, 64);

    private final OwnerStage stage = new OwnerStage("LVM-unknown");
    private final BlockingQueue<HeardQuestion> questions = new LinkedBlockingQueue<>();
    private volatile Map<String, String> withinReach = Map.of("boot-a", "a", "boot-b", "b");

    @BeforeEach
    void beginAmongThreeNodes() {
        stage.hearsay = new Hearsay(() -> Map.of("boot-a", "a", "boot-b", "b", "boot-c", "c"), () -> withinReach,
                call -> { }, questions::add, false);
        stage.restart(1_000);
    }

    @AfterEach
    void stop() {
        stage.close();
    }

    private void resume() {
        stage.send(stage.round(OwnerStage.A, 0, new Ask.Resume(OwnerStage.core()), 0));
    }

    private void answer(String incarnation, boolean isHeard) {
        stage.owner.tell(new OwnerCommand.HeardAnswer(incarnation, isHeard));
    }

    private HeardQuestion question() throws InterruptedException {
        return questions.poll(60, TimeUnit.SECONDS);
    }

    private RegionSet unsynced() {
        return ((Answer.Joined) stage.answer().answer()).unsynced();
    }

    @Test
    void d2ShouldBeginCleanOnceAllHaveSaidThatTheyHaveNotHeardOfIt() throws Exception {
        resume();
        HeardQuestion asked = question();
        assertEquals(stage.uuid, asked.uuid());
        answer("boot-a", false);
        answer("boot-c", false);
        stage.assertSilent();
        assertEquals(List.of(), stage.commits());

        asked.replyTo().tell(new OwnerCommand.HeardAnswer("boot-b", false));

        assertEquals(RegionSet.empty(), unsynced());
    }

    @Test
    void d2ShouldBeginDirtyWhereAnyNodeHasHeardOfIt() throws Exception {
        resume();
        question();

        answer("boot-b", true);

        assertEquals(ALL, unsynced());
    }

    /** Unknown is neither yes nor no; it ends, and not with "clean". */
    @Test
    void d2ShouldBeginDirtyWhereANodeDoesNotAnswerForLong() throws Exception {
        resume();
        question();
        answer("boot-a", false);
        answer("boot-b", false);
        stage.assertSilent();

        for (int again = 0; again < 13; again++) {
            stage.owner.tell(OwnerCommand.AskOthers.INSTANCE);
        }

        assertEquals(ALL, unsynced());
    }

    @Test
    void shouldAskAgainWhatGotLost() throws Exception {
        resume();

        question();
        assertTrue(question() != null, "asked once more");
    }

    /** Answers of before count for nothing: its journal may have been exchanged meanwhile. */
    @Test
    void d2ShouldAskAnewForEachBeginning() throws Exception {
        answer("boot-a", false);
        answer("boot-b", false);
        answer("boot-c", false);

        resume();

        question();
        stage.assertSilent();
    }

    @Test
    void shouldAskAboutNoOtherLog() {
        LogSpec sync = new LogSpec(65536, LogSpec.LogType.CORE, Optional.empty(), 1024, LogSpec.SyncMode.DEFAULT,
                false);
        stage.send(stage.round(OwnerStage.A, 0, new Ask.Resume(sync), 0));
        assertEquals(ALL, unsynced());
        Round known = stage.round(OwnerStage.B, 0, new Ask.Resume(OwnerStage.core()), 0);
        stage.send(known);
        assertEquals(ALL, unsynced());

        assertTrue(questions.isEmpty());
    }

    /** The asker has heard of it itself. */
    @Test
    void shouldAskNobodyWhereOneKnows() {
        stage.send(stage.round(OwnerStage.A, 0, new Ask.Resume(OwnerStage.core(), true), 1));

        await().until(() -> !stage.commits().isEmpty());
        assertEquals(ALL, unsynced());
        assertTrue(questions.isEmpty());
    }

    // --- a log that the journal knows

    /** A has used the log in another owner's time, and has left region 3 marked; a new owner has replayed that. */
    private void letTheJournalKnowIt() throws InterruptedException {
        stage.resume(sync());
        stage.mark(3);
        stage.restart(1_000);
    }

    private static LogSpec sync() {
        return new LogSpec(65536, LogSpec.LogType.CORE, Optional.empty(), 1024, LogSpec.SyncMode.DEFAULT, false);
    }

    /** Of a boot after the death of all sessions. */
    private Round resumeAnew() {
        return stage.round(new InstanceId("boot-c", 1), 0, new Ask.Resume(OwnerStage.core()), 0);
    }

    private void haveHeard(String incarnation, long number, long term) {
        stage.owner.tell(new OwnerCommand.HeardAnswer(incarnation, true, number, term));
    }

    @Test
    void d2ShouldHoldALogOfWhichANodeWithinReachHasHeardMore() throws Exception {
        letTheJournalKnowIt();
        List<Commit> before = stage.commits();
        stage.send(resumeAnew());
        question();
        answer("boot-a", true);

        haveHeard("boot-b", 500, 77);

        stage.assertStops();
        stage.assertSilent();
        assertEquals(before, stage.commits());
        assertEquals(500, stage.backoff.highestHeard(), "what an adoption must be beyond");
    }

    /** A shorter history may have come to that number by other commits. */
    @Test
    void d2ShouldAskInWhoseTimeTheSameNumberWasHeard() throws Exception {
        letTheJournalKnowIt();
        int known = stage.commits().size();
        stage.send(resumeAnew());
        question();
        haveHeard("boot-a", known, 77);

        haveHeard("boot-b", known + 1, 78);

        stage.assertStops();
        stage.assertSilent();
    }

    @Test
    void d2ShouldGoOnOnceAllWithinReachHaveHeardOfNoMore() throws Exception {
        letTheJournalKnowIt();
        int known = stage.commits().size();
        stage.send(resumeAnew());
        question();
        haveHeard("boot-a", known, 77);
        stage.assertSilent();
        assertEquals(known, stage.commits().size());

        answer("boot-b", false);

        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
    }

    /** A node that cannot be asked costs no wait; nor does it make the next one ask nobody. */
    @Test
    void d2ShouldAskAgainAsLongAsANodeIsOutOfReach() throws Exception {
        letTheJournalKnowIt();
        stage.send(resumeAnew());
        question();
        answer("boot-a", true);
        answer("boot-b", true);
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        questions.clear();
        withinReach = Map.of("boot-a", "a", "boot-b", "b", "boot-c", "c");

        stage.send(stage.round(OwnerStage.B, 0, new Ask.Resume(OwnerStage.core()), 0));
        question();
        answer("boot-a", true);
        answer("boot-b", true);
        stage.assertSilent();
        answer("boot-c", true);

        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        questions.clear();
        stage.send(stage.round(new InstanceId("boot-d", 1), 0, new Ask.Resume(OwnerStage.core()), 0));
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        assertTrue(questions.isEmpty(), "all have answered in this owner's time");
    }

    @Test
    void shouldAwaitAMemberThatSaysNothingOnceAndForSomeSecondsOnly() throws Exception {
        letTheJournalKnowIt();
        stage.send(resumeAnew());
        question();
        answer("boot-a", true);
        stage.assertSilent();

        for (int again = 0; again < 13; again++) {
            stage.owner.tell(OwnerCommand.AskOthers.INSTANCE);
        }

        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
        questions.clear();
        stage.send(stage.round(OwnerStage.B, 0, new Ask.Resume(OwnerStage.core()), 0));
        question();
        answer("boot-a", true);
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
    }

    @Test
    void shouldServeWhoIsInTheLogWhileOthersAreAsked() throws Exception {
        letTheJournalKnowIt();
        stage.send(resumeAnew());
        question();

        stage.mark(5);

        stage.assertSilent();
        answer("boot-a", true);
        answer("boot-b", true);
        assertInstanceOf(Answer.Joined.class, stage.answer().answer());
    }

    /** It makes all dirty, whatever was forgotten. */
    @Test
    void shouldAskNobodyAfterAnAdoption() throws Exception {
        letTheJournalKnowIt();
        stage.adopt();

        stage.send(stage.round(new InstanceId("boot-c", 1), 0, new Ask.Resume(OwnerStage.core()),
                stage.inspect().number(), 0));

        assertEquals(ALL, unsynced());
        assertTrue(questions.isEmpty());
    }
}
