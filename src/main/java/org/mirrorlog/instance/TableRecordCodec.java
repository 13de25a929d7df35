package org.mirrorlog.instance;

import java.nio.ByteBuffer;
import org.mirrorlog.log.RegionSet;

/** Bytes of one {@link RecordChange}: a kind byte, then its fields, little-endian. Version 1. */
final class TableRecordCodec {
    private static final int PENDING = 1;
    private static final int COMMITTED = 2;
    private static final int CLEARED = 3;
    private static final int DROPPED = 4;
    private static final int REACHED = 5;
    private static final int HINTED = 6;
    private static final int LEARNED = 7;
    private static final int SLOT = 8;
    private static final int WHOLE = 9;
    private static final int EXPOSED = 10;
    private static final int WHOLE_EXPOSED = 11;

    /** Kind, numbers and flags of the largest kind, without its region sets. */
    static final int FIXED_BYTES = 40;

    private TableRecordCodec() {
    }

    /** An upper bound of the bytes that {@link #encode} writes. */
    static int sizeBound(RecordChange change) {
        int sets = 0;
        for (RegionSet set : sets(change)) {
            sets += set.encodedSize();
        }
        return FIXED_BYTES + sets;
    }

    private static RegionSet[] sets(RecordChange change) {
        if (change instanceof RecordChange.Pending c) {
            return new RegionSet[] {c.regions()};
        } else if (change instanceof RecordChange.Committed c) {
            return new RegionSet[] {c.regions()};
        } else if (change instanceof RecordChange.Cleared c) {
            return new RegionSet[] {c.regions()};
        } else if (change instanceof RecordChange.Dropped c) {
            return new RegionSet[] {c.regions()};
        } else if (change instanceof RecordChange.Hinted c) {
            return new RegionSet[] {c.granted()};
        } else if (change instanceof RecordChange.Learned c) {
            return new RegionSet[] {c.regions()};
        } else if (change instanceof RecordChange.Whole c) {
            Memory m = c.memory();
            return new RegionSet[] {m.unknown(), m.grants(), m.pending(), m.held(), m.cleared()};
        }
        return new RegionSet[0];
    }

    static void encode(RecordChange change, ByteBuffer into) {
        if (change instanceof RecordChange.Pending) {
            into.put((byte) PENDING);
        } else if (change instanceof RecordChange.Committed) {
            into.put((byte) COMMITTED);
        } else if (change instanceof RecordChange.Cleared) {
            into.put((byte) CLEARED);
        } else if (change instanceof RecordChange.Dropped) {
            into.put((byte) DROPPED);
        } else if (change instanceof RecordChange.Reached c) {
            into.put((byte) REACHED).put((byte) c.phase().code());
        } else if (change instanceof RecordChange.Hinted c) {
            into.put((byte) HINTED).putLong(c.hint());
        } else if (change instanceof RecordChange.Learned c) {
            into.put((byte) LEARNED).put(flag(c.isRecovered()));
        } else if (change instanceof RecordChange.Slot c) {
            into.put((byte) SLOT).putLong(c.region());
        } else if (change instanceof RecordChange.Exposed c) {
            into.put((byte) EXPOSED).put(flag(c.isExposed()));
        } else if (change instanceof RecordChange.Whole c) {
            Memory m = c.memory();
            into.put((byte) (m.isExposed() ? WHOLE_EXPOSED : WHOLE)).put((byte) m.phase().code())
                    .putLong(m.session()).putLong(m.hint()).putLong(m.slot());
        }
        for (RegionSet set : sets(change)) {
            set.encode(into);
        }
    }

    private static byte flag(boolean isSet) {
        return (byte) (isSet ? 1 : 0);
    }

    /** Throws IllegalArgumentException or BufferUnderflowException on bytes that {@link #encode} did not write. */
    static RecordChange decode(ByteBuffer from) {
        int kind = from.get();
        switch (kind) {
            case PENDING:
                return new RecordChange.Pending(RegionSet.decode(from));
            case COMMITTED:
                return new RecordChange.Committed(RegionSet.decode(from));
            case CLEARED:
                return new RecordChange.Cleared(RegionSet.decode(from));
            case DROPPED:
                return new RecordChange.Dropped(RegionSet.decode(from));
            case REACHED:
                return new RecordChange.Reached(Phase.ofCode(from.get()));
            case HINTED:
                return new RecordChange.Hinted(from.getLong(), RegionSet.decode(from));
            case LEARNED:
                boolean isRecovered = from.get() == 1;
                return new RecordChange.Learned(RegionSet.decode(from), isRecovered);
            case SLOT:
                return new RecordChange.Slot(from.getLong());
            case EXPOSED:
                return new RecordChange.Exposed(from.get() == 1);
            case WHOLE: case WHOLE_EXPOSED:
                return new RecordChange.Whole(whole(from, kind == WHOLE_EXPOSED));
            default:
                throw new IllegalArgumentException("record change of unknown kind " + kind);
        }
    }

    private static Memory whole(ByteBuffer from, boolean isExposed) {
        Phase phase = Phase.ofCode(from.get());
        long session = from.getLong();
        long hint = from.getLong();
        long slot = from.getLong();
        return new Memory(phase, session, RegionSet.decode(from), hint, RegionSet.decode(from), slot,
                RegionSet.decode(from), RegionSet.decode(from), RegionSet.decode(from), isExposed);
    }
}
