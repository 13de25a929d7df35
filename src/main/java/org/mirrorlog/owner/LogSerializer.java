package org.mirrorlog.owner;

import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.nio.BufferUnderflowException;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogState;

/** Akka's door to the encodings of events and snapshots, of logs and of the register of deaths. Manifests name kind and version; bytes never change. */
public final class LogSerializer extends SerializerWithStringManifest {
    private static final int IDENTIFIER = 1_701_001;
    private static final String COMMIT_1 = "C1";
    private static final String STATE_1 = "S1";
    /** A state in which a reactivation runs; the bytes are those of version 1. */
    private static final String STATE_2 = "S2";

    private static final String DEATH_1 = "D1";
    private static final String DEATHS_1 = "DS1";

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object object) {
        if (object instanceof Commit) {
            return COMMIT_1;
        } else if (object instanceof LogState state) {
            return state.isReactivating() ? STATE_2 : STATE_1;
        } else if (object instanceof Death) {
            return DEATH_1;
        } else if (object instanceof DeathRecord) {
            return DEATHS_1;
        }
        throw new IllegalArgumentException("not an event or snapshot of a log: " + object.getClass());
    }

    @Override
    public byte[] toBinary(Object object) {
        if (object instanceof Death death) {
            return DeathCodec.encode(death);
        } else if (object instanceof DeathRecord record) {
            return DeathCodec.encode(record);
        }
        return object instanceof Commit commit ? EventCodec.encode(commit) : StateCodec.encode((LogState) object);
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        try {
            if (manifest.equals(COMMIT_1)) {
                return EventCodec.decode(bytes);
            } else if (manifest.equals(STATE_1) || manifest.equals(STATE_2)) {
                return StateCodec.decode(bytes, manifest.equals(STATE_2));
            } else if (manifest.equals(DEATH_1)) {
                return DeathCodec.decode(bytes);
            } else if (manifest.equals(DEATHS_1)) {
                return DeathCodec.decodeRecord(bytes);
            }
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new NotSerializableException("damaged record of kind " + manifest + ": " + e.getMessage());
        }
        throw new NotSerializableException("record of unknown kind " + manifest + ": written by a newer version?");
    }
}
