package org.mirrorlog.journal.raft.service;

import java.util.List;
import java.util.Locale;
import org.mirrorlog.journal.GroupStanding;
import org.mirrorlog.journal.raft.Members;
import org.mirrorlog.journal.raft.Standing;

/** Tells how the members stand, for people. */
final class Places {

    private final String self;
    private final MemberFile file;

    Places(String self, MemberFile file) {
        this.self = self;
        this.file = file;
    }

    /**
     * As this member knows it.
     *
     * @param leader "": nobody is known to lead
     * @param within other members that can be sent something
     */
    GroupStanding told(Standing now, String leader, List<String> within) {
        List<GroupStanding.Place> places = now.members().all().stream().map(name -> place(now, name, within)).toList();
        return new GroupStanding(Members.address(self), now.role().name().toLowerCase(Locale.ROOT),
                leader.isEmpty() ? null : Members.address(leader), now.term(), now.committedIndex(), now.lastIndex(),
                places);
    }

    private GroupStanding.Place place(Standing now, String name, List<String> within) {
        String address = Members.address(name);
        boolean isVoter = now.members().voters().contains(name);
        if (name.equals(self)) {
            return new GroupStanding.Place(address, file.id(), isVoter, true, now.lastIndex(), 0L);
        }
        Standing.Other other = now.others().get(name);
        return new GroupStanding.Place(address, file.idOf(address), isVoter, within.contains(address),
                other == null ? null : other.heldIndex(), other == null ? null : other.silentMs());
    }
}
