package org.mirrorlog.owner;

import java.io.NotSerializableException;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;

/** For the simulation: what arrives on another machine, or is read from a journal, was bytes on its way. */
public final class Wire {
    private static final LogSerializer LOG = new LogSerializer();

    private Wire() {
    }

    /** A commit as it is read from the journal. */
    public static Commit commit(Commit commit) {
        return (Commit) read(commit);
    }

    /** A state as it is read from a snapshot. */
    public static LogState state(LogState state) {
        return (LogState) read(state);
    }

    private static Object read(Object written) {
        try {
            return LOG.fromBinary(LOG.toBinary(written), LOG.manifest(written));
        } catch (NotSerializableException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A round as its owner gets it. */
    public static Round round(Round round) {
        Writer out = new Writer(256);
        RoundCodec.encode(round, out);
        return RoundCodec.round(new Reader(out.bytes()), true);
    }

    /** An answer as its asker gets it. */
    public static RoundAnswer answer(RoundAnswer answer) {
        Writer out = new Writer(256);
        RoundCodec.encode(answer, out);
        return RoundCodec.answer(new Reader(out.bytes()));
    }
}
