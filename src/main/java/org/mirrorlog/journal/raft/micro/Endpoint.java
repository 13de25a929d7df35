package org.mirrorlog.journal.raft.micro;

import io.microraft.RaftEndpoint;
import java.util.Collection;
import java.util.List;
import org.mirrorlog.journal.raft.Members;

/** A member, as the engine names it. */
record Endpoint(String name) implements RaftEndpoint {

    @Override
    public Object getId() {
        return name;
    }

    static String name(RaftEndpoint endpoint) {
        return endpoint == null ? "" : (String) endpoint.getId();
    }

    static List<String> names(Collection<RaftEndpoint> endpoints) {
        return endpoints.stream().map(Endpoint::name).toList();
    }

    static List<RaftEndpoint> of(Collection<String> names) {
        return names.stream().map(name -> (RaftEndpoint) new Endpoint(name)).toList();
    }

    static Members members(io.microraft.model.log.RaftGroupMembersView view) {
        return new Members(view.getLogIndex(), names(view.getMembers()), names(view.getVotingMembers()));
    }
}
