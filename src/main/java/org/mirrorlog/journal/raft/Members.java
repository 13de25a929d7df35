package org.mirrorlog.journal.raft;

import java.util.List;

/**
 * Who belongs to the group.
 *
 * @param index the entry that made it so; 0: from the beginning
 * @param all every member
 * @param voters those of them that count
 */
public record Members(long index, List<String> all, List<String> voters) {

    /** Copies the lists. */
    public Members {
        all = List.copyOf(all);
        voters = List.copyOf(voters);
    }

    /** Where a member is, of its name: {@code host:port}, or {@code host:port/identity} if it took a place there. */
    public static String address(String name) {
        int end = name.indexOf('/');
        return end < 0 ? name : name.substring(0, end);
    }

    void write(ByteWriter out) {
        out.putLong(index).putTexts(all).putTexts(voters);
    }

    static Members read(ByteReader in) {
        return new Members(in.getLong(), in.getTexts(), in.getTexts());
    }
}
