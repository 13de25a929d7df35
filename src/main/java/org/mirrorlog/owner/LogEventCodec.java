package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.LogEvent;

/**
 * Bytes of a {@link Commit}, version 1, little-endian: u16 number of events, then each as a kind byte and its fields in
 * the order of the record's components. Strings are u16 length and ISO 8859-1; region sets encode themselves. A kind
 * keeps its number and its fields for ever; new fields make a new kind, and a new kind belongs to a format that older
 * builds cannot read ({@link Builds}).
 */
final class LogEventCodec {
    private static final int OWNER_CHANGED = 1;
    private static final int ROUND_EXECUTED = 2;
    private static final int EPOCH_BEGAN = 3;
    private static final int JOINED = 4;
    private static final int REJOINED = 5;
    private static final int MARKED = 6;
    private static final int CLEARED = 7;
    private static final int RESYNC_ASSIGNED = 8;
    private static final int RESYNC_RELEASED = 9;
    private static final int REGION_SYNCED = 10;
    private static final int SYNC_LOST = 11;
    private static final int GRANTED = 12;
    private static final int HINTED = 13;
    private static final int LEFT = 14;
    private static final int FORGOTTEN = 15;
    private static final int DIED = 16;
    private static final int DEVICE_FAILED = 17;
    private static final int REACTIVATION_BEGAN = 18;
    private static final int REACTIVATION_GIVEN_UP = 19;
    private static final int EXPOSED = 20;
    private static final int ADOPTED = 21;
    private static final int TAKEN_UP = 22;
    private static final int ABSENT = 23;

    private LogEventCodec() {
    }

    /** The lowest format that has all of these events: kinds up to 20 are of format 0. */
    static int format(Commit commit) {
        return commit.events().stream().mapToInt(LogEventCodec::format).max().orElse(0);
    }

    /** Format 1 has what an adoption needs. */
    private static int format(LogEvent event) {
        return event instanceof LogEvent.Adopted || event instanceof LogEvent.TakenUp
                || event instanceof LogEvent.Absent ? 1 : 0;
    }

    static byte[] encode(Commit commit) {
        Writer out = new Writer(64 * commit.events().size() + 64);
        out.u16(commit.events().size());
        commit.events().forEach(event -> encode(event, out));
        return out.bytes();
    }

    private static void encode(LogEvent event, Writer out) {
        if (event instanceof LogEvent.RoundExecuted e) {
            out.u8(ROUND_EXECUTED).id(e.by()).i64(e.daemonStart()).i64(e.number());
        } else if (event instanceof LogEvent.Marked e) {
            out.u8(MARKED).id(e.by()).regions(e.regions());
        } else if (event instanceof LogEvent.Cleared e) {
            out.u8(CLEARED).id(e.by()).regions(e.regions());
        } else if (event instanceof LogEvent.ResyncAssigned e) {
            out.u8(RESYNC_ASSIGNED).id(e.to()).i64(e.region());
        } else if (event instanceof LogEvent.ResyncReleased e) {
            out.u8(RESYNC_RELEASED).id(e.by());
        } else if (event instanceof LogEvent.RegionSynced e) {
            out.u8(REGION_SYNCED).id(e.by()).i64(e.region());
        } else if (event instanceof LogEvent.SyncLost e) {
            out.u8(SYNC_LOST).id(e.by()).i64(e.region());
        } else if (event instanceof LogEvent.Granted e) {
            out.u8(GRANTED).id(e.to()).regions(e.regions());
        } else if (event instanceof LogEvent.Hinted e) {
            out.u8(HINTED).id(e.to()).i64(e.hint());
        } else {
            encodeRare(event, out);
        }
    }

    private static void encodeRare(LogEvent event, Writer out) {
        if (event instanceof LogEvent.OwnerChanged e) {
            out.u8(OWNER_CHANGED).text(e.owner());
        } else if (event instanceof LogEvent.EpochBegan e) {
            out.u8(EPOCH_BEGAN).geometry(e.geometry()).regions(e.dirty());
        } else if (event instanceof LogEvent.Joined e) {
            out.u8(JOINED).id(e.by()).text(e.node()).i64(e.daemonStart());
        } else if (event instanceof LogEvent.Rejoined e) {
            out.u8(REJOINED).id(e.by()).i64(e.daemonStart()).regions(e.marks());
        } else if (event instanceof LogEvent.Exposed e) {
            out.u8(EXPOSED).id(e.by()).flag(e.isExposed());
        } else if (event instanceof LogEvent.Left e) {
            out.u8(LEFT).id(e.by());
        } else if (event instanceof LogEvent.Forgotten e) {
            out.u8(FORGOTTEN).id(e.by());
        } else if (event instanceof LogEvent.Died e) {
            out.u8(DIED).text(e.incarnation());
        } else if (event instanceof LogEvent.DeviceFailed e) {
            out.u8(DEVICE_FAILED).id(e.by()).u8(e.health().letter());
        } else if (event instanceof LogEvent.ReactivationBegan) {
            out.u8(REACTIVATION_BEGAN);
        } else if (event instanceof LogEvent.ReactivationGivenUp) {
            out.u8(REACTIVATION_GIVEN_UP);
        } else {
            encodeOfAdoption(event, out);
        }
    }

    private static void encodeOfAdoption(LogEvent event, Writer out) {
        if (event instanceof LogEvent.Adopted e) {
            out.u8(ADOPTED).i64(e.number()).names(e.awaited());
        } else if (event instanceof LogEvent.TakenUp e) {
            out.u8(TAKEN_UP).id(e.by()).text(e.node()).i64(e.daemonStart()).i64(e.session()).regions(e.marks())
                    .i64(e.hint())
                    .regions(e.grants());
        } else if (event instanceof LogEvent.Absent e) {
            out.u8(ABSENT).text(e.incarnation());
        } else {
            throw new IllegalStateException("no encoding for " + event);
        }
    }

    /** Throws IllegalArgumentException or BufferUnderflowException on bytes that are no commit. */
    static Commit decode(byte[] bytes) {
        Reader in = new Reader(bytes);
        int count = in.u16();
        List<LogEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(decode(in));
        }
        in.end();
        return new Commit(events);
    }

    private static LogEvent decode(Reader in) {
        int kind = in.u8();
        switch (kind) {
            case OWNER_CHANGED: return new LogEvent.OwnerChanged(in.text());
            case ROUND_EXECUTED: return new LogEvent.RoundExecuted(in.id(), in.i64(), in.i64());
            case EPOCH_BEGAN: return new LogEvent.EpochBegan(in.geometry(), in.regions());
            case JOINED: return new LogEvent.Joined(in.id(), in.text(), in.i64());
            case REJOINED: return new LogEvent.Rejoined(in.id(), in.i64(), in.regions());
            case MARKED: return new LogEvent.Marked(in.id(), in.regions());
            case CLEARED: return new LogEvent.Cleared(in.id(), in.regions());
            case RESYNC_ASSIGNED: return new LogEvent.ResyncAssigned(in.id(), in.region());
            case RESYNC_RELEASED: return new LogEvent.ResyncReleased(in.id());
            case REGION_SYNCED: return new LogEvent.RegionSynced(in.id(), in.region());
            case SYNC_LOST: return new LogEvent.SyncLost(in.id(), in.region());
            case GRANTED: return new LogEvent.Granted(in.id(), in.regions());
            case HINTED: return new LogEvent.Hinted(in.id(), in.i64());
            case EXPOSED: return new LogEvent.Exposed(in.id(), in.flag());
            case LEFT: return new LogEvent.Left(in.id());
            case FORGOTTEN: return new LogEvent.Forgotten(in.id());
            case DIED: return new LogEvent.Died(in.text());
            case DEVICE_FAILED: return new LogEvent.DeviceFailed(in.id(), DeviceHealth.ofLetter((char) in.u8()));
            case REACTIVATION_BEGAN: return new LogEvent.ReactivationBegan();
            case REACTIVATION_GIVEN_UP: return new LogEvent.ReactivationGivenUp();
            case ADOPTED: return new LogEvent.Adopted(in.i64(), in.names());
            case TAKEN_UP: return new LogEvent.TakenUp(in.id(), in.text(), in.i64(), in.i64(), in.regions(), in.i64(),
                    in.regions());
            case ABSENT: return new LogEvent.Absent(in.text());
            default: throw new IllegalArgumentException("event of unknown kind " + kind
                    + ": written by a newer version?");
        }
    }
}
