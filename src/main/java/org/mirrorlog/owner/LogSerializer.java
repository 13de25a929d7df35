package org.mirrorlog.owner;

import akka.actor.ExtendedActorSystem;
import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.nio.BufferUnderflowException;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;

/**
 * Akka's door to the encodings of events and snapshots, of logs and of the register of deaths. Manifests name kind and
 * version; bytes never change. What not every member of the cluster can read is not written ({@link Builds}).
 */
public final class LogSerializer extends SerializerWithStringManifest {
    private static final int IDENTIFIER = 1_701_001;
    private static final String COMMIT_1 = "C1";
    /**
     * Plain; in which a reactivation runs; in which a member is exposed; both. The bytes are those of version 1. Then
     * the same of logs that were adopted.
     */
    private static final List<String> STATES = List.of("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8");
    private static final String DEATH_1 = "D1";
    private static final String DEATHS_1 = "DS1";

    private final Optional<ExtendedActorSystem> system;

    /** Called by Akka. */
    public LogSerializer(ExtendedActorSystem system) {
        this.system = Optional.of(system);
    }

    /** Writes everything, whoever is to read it. */
    LogSerializer() {
        this.system = Optional.empty();
    }

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object object) {
        if (object instanceof Commit) {
            return COMMIT_1;
        } else if (object instanceof LogState state) {
            boolean isAnyExposed = state.members().values().stream().anyMatch(Member::isExposed);
            return STATES.get((state.isReactivating() ? 1 : 0) + (isAnyExposed ? 2 : 0)
                    + (state.adoption().isPresent() ? 4 : 0));
        } else if (object instanceof Death) {
            return DEATH_1;
        } else if (object instanceof DeclaredDeaths) {
            return DEATHS_1;
        }
        throw new IllegalArgumentException("not an event or snapshot of a log: " + object.getClass());
    }

    @Override
    public byte[] toBinary(Object object) {
        if (object instanceof Death death) {
            return DeathCodec.encode(death);
        } else if (object instanceof DeclaredDeaths record) {
            return DeathCodec.encode(record);
        }
        system.ifPresent(ours -> Builds.get(ours).write(format(object)));
        return object instanceof Commit commit ? LogEventCodec.encode(commit) : StateCodec.encode((LogState) object);
    }

    /** The lowest format that has everything in it (see {@link Builds}). */
    static int format(Object object) {
        return object instanceof Commit commit ? LogEventCodec.format(commit) : StateCodec.format((LogState) object);
    }

    private <T> T read(T object) {
        system.ifPresent(ours -> Builds.get(ours).use(format(object)));
        return object;
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        try {
            if (manifest.equals(COMMIT_1)) {
                return read(LogEventCodec.decode(bytes));
            } else if (STATES.contains(manifest)) {
                int version = STATES.indexOf(manifest);
                return read(StateCodec.decode(bytes, version % 2 == 1, version >= 4));
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
