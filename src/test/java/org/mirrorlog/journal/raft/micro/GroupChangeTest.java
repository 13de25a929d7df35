package org.mirrorlog.journal.raft.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.microraft.MembershipChangeMode;
import io.microraft.model.log.LogEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.mirrorlog.journal.raft.Answer;
import org.mirrorlog.journal.raft.Change;
import org.mirrorlog.journal.raft.Checkpoints;
import org.mirrorlog.journal.raft.Chunk;
import org.mirrorlog.journal.raft.Entry;
import org.mirrorlog.journal.raft.Members;
import org.mirrorlog.journal.raft.Outcome;
import org.mirrorlog.journal.raft.Recovered;
import org.mirrorlog.journal.raft.Seat;
import org.mirrorlog.journal.raft.Standing;
import org.mirrorlog.journal.raft.Vote;

/** Faults of the engine where the group changes, with messages made by hand. */
class GroupChangeTest extends OneEngine {
    private static final List<String> FOUNDERS = List.of("m1", "m2", "m3");

    /** Who was removed, and does not know it, asks for votes in an old term: the engine looks for it in vain. */
    @Test
    void shouldLeadOnWhenAStrangerAsksForVotes() throws IOException {
        start(UnaryOperator.identity());
        lead();

        askForVote("m9", 0);
        receive(MODEL.createPreVoteRequestBuilder().setGroupId(GROUP).setSender(new Endpoint("m9")).setTerm(0)
                .setLastLogTerm(0).setLastLogIndex(0).build());

        assertEquals("m1", engine.leader().orElseThrow());
        assertEquals(List.of(), ends);
    }

    private static List<Chunk> checkpoint(String... voters) {
        Members members = new Members(4, List.of("m1", "m2", "m3/7"), List.of(voters));
        return List.of(new Chunk(9, 1, 0, 1, members, Checkpoints.cut(new byte[0], 100).get(0)));
    }

    private void startInAPlace(boolean isVoterInItsSeat, List<Chunk> checkpoint, Entry... entries) throws IOException {
        start(all -> new Recovered(new Seat("m3/7", isVoterInItsSeat, new Members(0, FOUNDERS, FOUNDERS)),
                new Vote(1, ""), checkpoint, List.of(entries)));
    }

    /** Killed between the checkpoint and its seat: the engine has no store yet when it finds that out, and breaks. */
    @Test
    void shouldCountAfterARestartIfItsCheckpointSaysSo() throws IOException {
        startInAPlace(false, checkpoint("m1", "m2", "m3/7"));

        assertEquals(Standing.Role.FOLLOWER, engine.standing().role());
        assertEquals(List.of("m1", "m2", "m3/7"), engine.standing().members().voters());
    }

    /** A promotion that was given up again may still stand in its seat, and who does not count must not ask to lead. */
    @Test
    void shouldNotCountAfterARestartIfWhatItHoldsDoesNotSaySo() throws IOException {
        startInAPlace(true, checkpoint("m1", "m2"));
        assertEquals(Standing.Role.LEARNER, engine.standing().role());

        byte[] promoted = Operation.payload(MODEL.createUpdateRaftGroupMembersOpBuilder()
                .setMembers(Endpoint.of(List.of("m1", "m2", "m3/7"))).setEndpoint(new Endpoint("m3/7"))
                .setVotingMembers(Endpoint.of(List.of("m1", "m2", "m3/7")))
                .setMode(MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER).build());
        startInAPlace(false, checkpoint("m1", "m2"), new Entry(10, 1, promoted));
        assertEquals(Standing.Role.FOLLOWER, engine.standing().role(), "what it holds counts, committed or not");
        assertTrue(engine.standing().isChanging());
    }

    @Test
    void shouldChangeNothingOfAGroupThatIsAnotherMeanwhile() throws IOException {
        start(UnaryOperator.identity());
        lead();
        haveAnswered(1);

        engine.change(new Change(Change.Kind.LEARN, "m3/7"), 5, answers::add);
        drain();
        assertEquals(Answer.NotNow.class, answers.get(0).getClass());

        engine.change(new Change(Change.Kind.LEARN, "m3/7"), 0, answers::add);
        drain();
        assertTrue(engine.standing().isChanging());
        engine.change(new Change(Change.Kind.REMOVE, "m3"), 0, answers::add);
        drain();
        assertEquals(Answer.NotNow.class, answers.get(1).getClass(), "one at a time");
        haveAnswered(2);
        assertEquals(List.of("m1", "m2", "m3", "m3/7"), engine.standing().members().all());
        assertEquals(List.of("m1", "m2", "m3"), engine.standing().members().voters());
        assertEquals(new Answer.Decided(new Outcome.Accepted(2)), answers.get(2));
    }

    /** Entries of the leader m3 in term 2, the last of which has a fourth member learn. */
    private void receiveAnOpenChange(long index) {
        List<LogEntry> entries = new ArrayList<>();
        for (long i = 1; i < index; i++) {
            entries.add(MODEL.createLogEntryBuilder().setIndex(i).setTerm(2).setOperation(Operation.NEW_TERM).build());
        }
        entries.add(MODEL.createLogEntryBuilder().setIndex(index).setTerm(2).setOperation(MODEL
                .createUpdateRaftGroupMembersOpBuilder().setMembers(Endpoint.of(List.of("m1", "m2", "m3", "m3/7")))
                .setVotingMembers(Endpoint.of(FOUNDERS)).setEndpoint(new Endpoint("m3/7"))
                .setMode(MembershipChangeMode.ADD_LEARNER).build()).build());
        receive(MODEL.createAppendEntriesRequestBuilder().setGroupId(GROUP).setSender(new Endpoint("m3")).setTerm(2)
                .setPreviousLogTerm(0).setPreviousLogIndex(0).setCommitIndex(0).setQuerySequenceNumber(0)
                .setFlowControlSequenceNumber(1).setLogEntries(entries).build());
        assertTrue(engine.standing().isChanging());
    }

    private void receiveACheckpoint(long index) {
        Members members = new Members(0, FOUNDERS, FOUNDERS);
        Chunk chunk = new Chunk(index, 3, 0, 1, members, Checkpoints.cut(new byte[0], 100).get(0));
        receive(MODEL.createInstallSnapshotRequestBuilder().setGroupId(GROUP).setSender(new Endpoint("m2")).setTerm(3)
                .setSenderLeader(true).setSnapshotTerm(3).setSnapshotIndex(index).setTotalSnapshotChunkCount(1)
                .setSnapshottedMembers(Endpoint.of(List.of("m2"))).setGroupMembersView(MessageCodec.view(members))
                .setQuerySequenceNumber(0).setFlowControlSequenceNumber(1)
                .setSnapshotChunk(MessageCodec.chunk(chunk)).build());
        assertEquals(index, engine.standing().committedIndex());
    }

    /** Seed 2105: it went on with a change that the leader's checkpoint knows nothing of. */
    @Test
    void shouldGiveUpAChangeThatACheckpointDoesNotContain() throws IOException {
        start(UnaryOperator.identity());
        receiveAnOpenChange(4);

        receiveACheckpoint(9);

        assertEquals(FOUNDERS, engine.standing().effective().all());
        assertFalse(engine.standing().isChanging());
    }

    /** It would stand for election in a group that is one change behind its log. */
    @Test
    void shouldKeepAChangeThatStaysBehindACheckpoint() throws IOException {
        start(UnaryOperator.identity());
        receiveAnOpenChange(4);

        receiveACheckpoint(3);

        assertEquals(4, engine.standing().lastIndex());
        assertEquals(List.of("m1", "m2", "m3", "m3/7"), engine.standing().effective().all());
        assertEquals(FOUNDERS, engine.standing().members().all());
    }

    /** Seed 2212: of two that are left, one had the longer log and the other the later term; each refused the other. */
    @Test
    void shouldAskForVotesInALaterTermOnceItIsRefusedForOne() throws IOException {
        start(UnaryOperator.identity());
        int term = engine.standing().term();

        refuseBeforehand(term + 1);
        assertEquals(term, engine.standing().term(), "so everybody answers whose log is longer");
        refuseBeforehand(term + 9);

        assertEquals(term + 9, engine.standing().term());
    }

    private void refuseBeforehand(int term) {
        receive(MODEL.createPreVoteResponseBuilder().setGroupId(GROUP).setSender(new Endpoint("m2")).setTerm(term)
                .setGranted(false).build());
    }
}
