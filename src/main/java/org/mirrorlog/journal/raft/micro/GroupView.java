package org.mirrorlog.journal.raft.micro;

import io.microraft.MembershipChangeMode;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNodeStatus;
import io.microraft.RaftRole;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftGroupMembersState;
import io.microraft.impl.state.RaftState;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.PreVoteResponse;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.VoteRequest;
import java.util.Map;
import java.util.TreeMap;
import org.mirrorlog.journal.raft.Change;
import org.mirrorlog.journal.raft.Members;
import org.mirrorlog.journal.raft.Standing;

/** Who belongs to the group, as the engine sees it, and where it must not go wrong about that. */
final class GroupView {

    private GroupView() {
    }

    static Standing standing(RaftState state, long nowMs) {
        Map<String, Standing.Other> others = new TreeMap<>();
        if (state.leaderState() != null) {
            state.leaderState().getFollowerStates().forEach((endpoint, follower) -> others.put(Endpoint.name(endpoint),
                    new Standing.Other(follower.matchIndex(), Math.max(0, nowMs - follower.responseTimestamp()))));
        }
        return new Standing(Standing.Role.valueOf(state.role().name()), state.term(), state.commitIndex(),
                state.log().lastLogOrSnapshotIndex(), members(state.committedGroupMembers()),
                members(state.effectiveGroupMembers()), others);
    }

    private static Members members(RaftGroupMembersState members) {
        return new Members(members.getLogIndex(), Endpoint.names(members.getMembers()),
                Endpoint.names(members.getVotingMembers()));
    }

    static MembershipChangeMode mode(Change.Kind kind) {
        return switch (kind) {
            case LEARN -> MembershipChangeMode.ADD_LEARNER;
            case PROMOTE -> MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER;
            case REMOVE -> MembershipChangeMode.REMOVE_MEMBER;
        };
    }

    /**
     * A checkpoint comes while a change of the group is not committed: the engine would forget the change although its
     * entry may stay, behind the checkpoint, and stand for election in a group that is one behind.
     */
    static void besideAnOpenChange(RaftNodeImpl engine, InstallSnapshotRequest install, Runnable handled) {
        RaftState state = engine.state();
        long open = state.effectiveGroupMembers().getLogIndex();
        if (open == state.committedGroupMembers().getLogIndex() || install.getTerm() < state.term()) {
            handled.run();
            return;
        }
        if (state.leaderState() != null) {
            engine.toFollower(install.getTerm());
        }
        engine.revertGroupMembers();
        engine.setStatus(RaftNodeStatus.ACTIVE);
        handled.run();
        if (open > state.commitIndex() && state.log().containsLogEntry(open)
                && state.log().getLogEntry(open).getOperation() instanceof UpdateRaftGroupMembersOp change) {
            engine.setStatus(RaftNodeStatus.UPDATING_RAFT_GROUP_MEMBER_LIST);
            engine.updateGroupMembers(open, change.getMembers(), change.getVotingMembers());
        }
    }

    /**
     * The engine does not believe whoever refuses it for a later term. If it has the longer log, and that one the later
     * term, each refuses the other for ever.
     */
    static void catchUpWithTheTerm(RaftNodeImpl engine, RaftMessage message) {
        RaftState state = engine.state();
        if (message instanceof PreVoteResponse answer && !answer.isGranted() && state.role() == RaftRole.FOLLOWER
                && state.isVotingMember(answer.getSender()) && answer.getTerm() > state.term() + 1) {
            engine.toFollower(answer.getTerm());
        }
    }

    /**
     * The engine of a leader breaks where somebody asks for a vote that is no member of its group: one that was removed
     * and does not know it. It would refuse it anyway.
     */
    static boolean isOfAStranger(RaftMessage message, RaftState state) {
        RaftEndpoint sender = message.getSender();
        return (message instanceof VoteRequest || message instanceof PreVoteRequest) && state.leaderState() != null
                && state.leaderState().getFollowerStateOrNull(sender) == null;
    }
}
