package org.mirrorlog.journal.raft;

/**
 * A part of a checkpoint: all of them together stand for every entry up to an index.
 *
 * @param index the last entry that the checkpoint contains
 * @param term that entry's term
 * @param number which part it is, from 0
 * @param count how many there are
 * @param members the group as of that entry
 * @param bytes not to be changed
 */
public record Chunk(long index, int term, int number, int count, Members members, byte[] bytes) {

    /** Checks that it can be one. */
    public Chunk {
        if (count < 1 || number < 0 || number >= count) {
            throw new IllegalArgumentException("part " + number + " of " + count);
        }
    }

    /** Its bytes, as stored and sent. */
    public void write(ByteWriter out) {
        out.putLong(index).putInt(term).putInt(number).putInt(count);
        members.write(out);
        out.putBytes(bytes);
    }

    /** Reads what {@link #write} wrote. */
    public static Chunk read(ByteReader in) {
        return new Chunk(in.getLong(), in.getInt(), in.getInt(), in.getInt(), Members.read(in), in.getBytes());
    }
}
