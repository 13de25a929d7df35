package org.mirrorlog.journal.raft;

/**
 * Who a member is, and with whom it began.
 *
 * @param name its name in the group
 * @param isVoter whether it counts
 * @param initial the group as it was when this member began
 */
public record Seat(String name, boolean isVoter, Members initial) {

    void write(ByteWriter out) {
        out.putText(name).putByte(isVoter ? 1 : 0);
        initial.write(out);
    }

    static Seat read(ByteReader in) {
        return new Seat(in.getText(), in.getByte() != 0, Members.read(in));
    }
}
