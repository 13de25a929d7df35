package org.mirrorlog.owner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Recovery;
import org.mirrorlog.log.RegionSet;

/**
 * Bytes of a {@link LogState} as a snapshot, little-endian; the fields in the order written here. Version 2 is written
 * while a reactivation runs and is version 1 without a field for that, version 3 while a member is exposed, version 4
 * while both are; versions 5 to 8 are these for a log that was adopted, with its adoption at the end. So an older build
 * reads what it understands. A newer build appends fields that may be ignored, and takes a new
 * version for others.
 */
final class StateCodec {
    /** By their numbers. */
    private static final List<Member.Presence> PRESENCES =
            List.of(Member.Presence.LEFT, Member.Presence.ACTIVE, Member.Presence.EXPOSED,
                    Member.Presence.LEFT_EXPOSED);

    private StateCodec() {
    }

    private static Member.Presence presence(int number) {
        if (number >= PRESENCES.size()) {
            throw new IllegalArgumentException("presence of unknown number " + number);
        }
        return PRESENCES.get(number);
    }

    /** Format 1 has a table that has left and may run all the same, and logs that were adopted. */
    static int format(LogState state) {
        return state.adoption().isPresent()
                || state.members().values().stream().anyMatch(m -> m.presence() == Member.Presence.LEFT_EXPOSED)
                        ? 1 : 0;
    }

    static byte[] encode(LogState state) {
        Writer out = new Writer(1024).i64(state.number());
        out.u8(state.geometry().isPresent() ? 1 : 0);
        state.geometry().ifPresent(out::geometry);
        out.regions(state.dirty()).regions(state.unsynced()).regions(state.unsyncedByDeath()).regions(state.abandoned())
                .i64(state.abandonedAt()).regions(state.orphanedMarks());
        out.u16(state.members().size());
        state.members().forEach((id, member) -> encode(id, member, out));
        out.u8(state.recovery().isPresent() ? 1 : 0);
        state.recovery().ifPresent(r -> out.i64(r.region()).id(r.recoverer()));
        out.text(state.owner()).u8(state.health().letter());
        out.u8(state.failedBy().isPresent() ? 1 : 0);
        state.failedBy().ifPresent(out::id);
        out.i64(state.lastLoss()).u16(state.daemons().size());
        state.daemons().forEach((incarnation, daemon) ->
                out.text(incarnation).i64(daemon.daemonStart()).i64(daemon.forgotten()));
        out.u16(state.dead().size());
        state.dead().forEach(out::text);
        state.adoption().ifPresent(a -> out.i64(a.at()).flag(a.isFresh()).names(a.awaited()));
        return out.bytes();
    }

    private static void encode(InstanceId id, Member member, Writer out) {
        out.id(id).text(member.node()).i64(member.daemonStart()).i64(member.executed()).i64(member.session())
                .u8(PRESENCES.indexOf(member.presence())).i64(member.hint())
                .regions(member.marks()).regions(member.grants());
    }

    /** Throws IllegalArgumentException or BufferUnderflowException on bytes that are no state. */
    static LogState decode(byte[] bytes, boolean isReactivating, boolean isAdopted) {
        Reader in = new Reader(bytes);
        long number = in.i64();
        Optional<Geometry> geometry = in.u8() == 1 ? Optional.of(in.geometry()) : Optional.empty();
        RegionSet dirty = in.regions();
        RegionSet unsynced = in.regions();
        RegionSet unsyncedByDeath = in.regions();
        RegionSet abandoned = in.regions();
        long abandonedAt = in.i64();
        RegionSet orphanedMarks = in.regions();
        Map<InstanceId, Member> members = members(in);
        Optional<Recovery> recovery = in.u8() == 1 ? Optional.of(new Recovery(in.region(), in.id())) : Optional.empty();
        String owner = in.text();
        DeviceHealth health = DeviceHealth.ofLetter((char) in.u8());
        Optional<InstanceId> failedBy = in.u8() == 1 ? Optional.of(in.id()) : Optional.empty();
        long lastLoss = in.i64();
        Map<String, LogState.Daemon> daemons = daemons(in);
        List<String> dead = new ArrayList<>();
        for (int left = in.u16(); left > 0; left--) {
            dead.add(in.text());
        }
        Optional<Adoption> adoption = isAdopted ? Optional.of(adoption(in)) : Optional.empty();
        return new LogState(number, geometry, dirty, unsynced, unsyncedByDeath, abandoned, abandonedAt, orphanedMarks,
                members, recovery, owner, health, failedBy, lastLoss, daemons, dead, isReactivating, adoption);
    }

    private static Adoption adoption(Reader in) {
        long at = in.i64();
        boolean isFresh = in.flag();
        return new Adoption(at, in.names(), isFresh);
    }

    private static Map<InstanceId, Member> members(Reader in) {
        Map<InstanceId, Member> members = new LinkedHashMap<>();
        for (int left = in.u16(); left > 0; left--) {
            InstanceId id = in.id();
            members.put(id, new Member(in.text(), in.i64(), in.i64(), in.i64(),
                    presence(in.u8()), in.i64(), in.regions(), in.regions()));
        }
        return members;
    }

    private static Map<String, LogState.Daemon> daemons(Reader in) {
        Map<String, LogState.Daemon> daemons = new LinkedHashMap<>();
        for (int left = in.u16(); left > 0; left--) {
            daemons.put(in.text(), new LogState.Daemon(in.i64(), in.i64()));
        }
        return daemons;
    }
}
