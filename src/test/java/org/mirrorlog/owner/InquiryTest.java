package org.mirrorlog.owner;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.protocol.LogSpec;

/** A log that its journal does not know begins clean only where no node has heard of it (D2). */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class InquiryTest {
    private static final RegionSet ALL = RegionSet.range(0, 64);

    private final OwnerStage stage = new OwnerStage("LVM-unknown");
    private final BlockingQueue<HeardQuestion> questions = new LinkedBlockingQueue<>();

    @BeforeEach
    void beginAmongThreeNodes() {
        stage.hearsay = new Hearsay(() -> Map.of("boot-a", "a", "boot-b", "b", "boot-c", "c"), call -> { },
                questions::add, false);
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
}
