package org.mirrorlog.journal.raft.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.microraft.model.message.AppendEntriesSuccessResponse;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.mirrorlog.journal.raft.Answer;
import org.mirrorlog.journal.raft.Outcome;
import org.mirrorlog.journal.raft.Recovered;
import org.mirrorlog.journal.raft.Vote;

/** Faults that chance seldom shows, with messages made by hand. */
class EngineFaultsTest extends OneEngine {

    @Test
    void shouldNotVoteTwiceInATermOverARestart() throws IOException {
        start(UnaryOperator.identity());
        askForVote("m2", 5);
        assertTrue(lastVote());

        start(UnaryOperator.identity());
        askForVote("m3", 5);

        assertFalse(lastVote(), "the vote was m2's");
        askForVote("m2", 5);
        assertTrue(lastVote(), "as before");
    }

    /** What the test before would see. */
    @Test
    void shouldVoteTwiceIfTheVoteIsForgotten() throws IOException {
        start(UnaryOperator.identity());
        askForVote("m2", 5);

        start(all -> new Recovered(all.seat(), new Vote(all.vote().term(), ""), all.checkpoint(), all.entries()));
        askForVote("m3", 5);

        assertTrue(lastVote());
    }

    @Test
    void shouldNotBelieveAnAnswerOfAnEarlierTerm() throws IOException {
        start(UnaryOperator.identity());
        lead();
        engine.propose(new byte[] {1}, answers::add);
        drain();
        receive(appended(1, 1));

        receive(appended(0, 2));
        assertEquals(List.of(), answers, "nobody has it but this member");

        receive(appended(1, 2));
        assertEquals(List.of(new Answer.Decided(new Outcome.Accepted(2))), answers);
    }

    @Test
    void shouldNotKnowWhatBecameOfAnAppendThatAnotherLeaderOvertook() throws IOException {
        start(UnaryOperator.identity());
        lead();
        engine.propose(new byte[] {1}, answers::add);
        drain();

        receive(append(2));

        assertEquals(Answer.Unknown.class, answers.get(0).getClass());
        engine.propose(new byte[] {2}, answers::add);
        drain();
        assertEquals(Answer.NotNow.class, answers.get(1).getClass(), "it does not lead, and has not made an entry");
    }

    @Test
    void shouldAcknowledgeNothingOnceItsStoreHasFailed() throws IOException {
        start(UnaryOperator.identity());
        disk.setFailureRates(1, 0, 0);

        receive(append(2));
        disk.setFailureRates(0, 0, 0);
        receive(append(2));

        assertEquals(1, ends.size(), "told once");
        assertTrue(sent.stream().noneMatch(AppendEntriesSuccessResponse.class::isInstance), sent.toString());
        assertTrue(engine.leader().isEmpty());
    }

    @Test
    void shouldTakeNoEntryWithoutRoomAndGoOnWhenThereIsSome() throws IOException {
        start(UnaryOperator.identity());
        lead();
        disk.setCapacityBytes(disk.usedBytes());
        engine.propose(new byte[100_000], answers::add);
        drain();
        assertEquals(Answer.NotNow.class, answers.get(0).getClass());

        disk.setCapacityBytes(Long.MAX_VALUE);
        engine.propose(new byte[100_000], answers::add);
        drain();
        receive(appended(1, 1));
        receive(appended(1, 2));

        assertEquals(Answer.Decided.class, answers.get(1).getClass());
        assertEquals(List.of(), ends);
    }

    @Test
    void shouldBeAtItsEndWhereACheckpointCannotBeTaken() throws IOException {
        start(UnaryOperator.identity());
        lead();
        noCheckpoint = new OutOfMemoryError("Java heap space");
        haveAnswered(1);

        for (int i = 0; i < 110; i++) {
            engine.propose(new byte[] {1}, answers::add);
            drain();
            haveAnswered(i + 2);
        }

        assertEquals(List.of(noCheckpoint), ends, "told once");
        assertTrue(answers.size() < 110, "nothing is acknowledged from then on");
        assertTrue(engine.leader().isEmpty());
    }
}
