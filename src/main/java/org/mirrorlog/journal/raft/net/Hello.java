package org.mirrorlog.journal.raft.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.journal.raft.ByteReader;
import org.mirrorlog.journal.raft.ByteWriter;

/**
 * What each side says first on a connection.
 *
 * @param group the identity of the group that its store belongs to; "" if it has none yet
 * @param name its own among the members: host and port
 * @param members all of them, as its settings say
 * @param id drawn when its directory was made
 * @param start the number of this start of its directory
 * @param nonces drawn at this start, the last one, and at those before: who has met one of them knows it again, and a
 *        copy of the directory as it was has others
 */
public record Hello(String group, String name, List<String> members, String id, long start, List<Long> nonces) {

    /** So many starts are told of. */
    public static final int MOST_NONCES = 2_000;

    /** More than any hello takes. */
    static final int MOST_BYTES = 32 * 1024;

    private static final int MAGIC = 0x4d4c5257;
    private static final int VERSION = 1;

    /** Copies the lists. */
    public Hello {
        members = List.copyOf(members);
        nonces = List.copyOf(nonces);
    }

    /** What was drawn at this start. */
    public long nonce() {
        return nonces.get(nonces.size() - 1);
    }

    /** What was drawn at an earlier start, or at this one; empty if that is not told. */
    public Optional<Long> nonceOf(long earlier) {
        long back = start - earlier;
        return back < 0 || back >= nonces.size() ? Optional.empty()
                : Optional.of(nonces.get(nonces.size() - 1 - (int) back));
    }

    byte[] encode() {
        ByteWriter out = new ByteWriter(256).putInt(MAGIC).putByte(VERSION).putText(group).putText(name);
        out.putTexts(members).putText(id).putLong(start).putInt(nonces.size());
        nonces.forEach(out::putLong);
        return out.toBytes();
    }

    /** @throws ByteReader.Malformed if it is none, or of another version */
    static Hello decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        if (in.getInt() != MAGIC) {
            throw new ByteReader.Malformed("no member of a replicated journal speaks there");
        }
        int version = in.getByte();
        if (version != VERSION) {
            throw new ByteReader.Malformed("it speaks version " + version + ", this program " + VERSION);
        }
        String group = in.getText();
        String name = in.getText();
        List<String> members = in.getTexts();
        String id = in.getText();
        long start = in.getLong();
        int count = in.count(Long.BYTES);
        if (count == 0 || count > MOST_NONCES) {
            throw new ByteReader.Malformed("it tells of " + count + " starts");
        }
        List<Long> nonces = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            nonces.add(in.getLong());
        }
        in.end();
        return new Hello(group, name, members, id, start, nonces);
    }
}
