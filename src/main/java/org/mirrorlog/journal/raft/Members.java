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

    void write(ByteWriter out) {
        out.putLong(index).putTexts(all).putTexts(voters);
    }

    static Members read(ByteReader in) {
        return new Members(in.getLong(), in.getTexts(), in.getTexts());
    }
}
