package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What each event does to the state: the only writer of {@link LogState}. */
final class Evolution {
    /** Newest deaths kept; older boot ids cannot have a round under way any more. */
    private static final int DEATHS_KEPT = 256;

    private long number;
    private Optional<Geometry> geometry;
    private RegionSet dirty;
    private RegionSet unsynced;
    private RegionSet unsyncedByDeath;
    private RegionSet abandoned;
    private long abandonedAt;
    private RegionSet orphanedMarks;
    private final Map<InstanceId, Member> members;
    private Optional<Recovery> recovery;
    private String owner;
    private DeviceHealth health;
    private Optional<InstanceId> failedBy;
    private long lastLoss;
    private final Map<String, LogState.Daemon> daemons;
    private final List<String> dead;
    private boolean isReactivating;
    private Optional<Adoption> adoption;

    private Evolution(LogState before) {
        number = before.number();
        geometry = before.geometry();
        dirty = before.dirty();
        unsynced = before.unsynced();
        unsyncedByDeath = before.unsyncedByDeath();
        abandoned = before.abandoned();
        abandonedAt = before.abandonedAt();
        orphanedMarks = before.orphanedMarks();
        members = new LinkedHashMap<>(before.members());
        recovery = before.recovery();
        owner = before.owner();
        health = before.health();
        failedBy = before.failedBy();
        lastLoss = before.lastLoss();
        daemons = new LinkedHashMap<>(before.daemons());
        dead = new ArrayList<>(before.dead());
        isReactivating = before.isReactivating();
        adoption = before.adoption();
    }

    static LogState apply(LogState before, List<LogEvent> events) {
        Evolution evolution = new Evolution(before);
        for (LogEvent event : events) {
            evolution.applyOne(event);
            evolution.endReactivationIfDone();
        }
        return evolution.result();
    }

    private LogState result() {
        return new LogState(number, geometry, dirty, unsynced, unsyncedByDeath, abandoned, abandonedAt, orphanedMarks,
                members, recovery, owner, health, failedBy, lastLoss, daemons, dead, isReactivating, adoption);
    }

    /** The frequent events first; the others by their kind. */
    private void applyOne(LogEvent event) {
        if (event instanceof LogEvent.Marked e) {
            dirty = dirty.with(e.regions());
            change(e.by(), m -> m.withMarks(m.marks().with(e.regions())));
        } else if (event instanceof LogEvent.Cleared e) {
            clear(e.by(), e.regions());
        } else if (event instanceof LogEvent.RoundExecuted e) {
            change(e.by(), m -> m.executed(e.daemonStart(), e.number()));
            daemons.merge(e.by().incarnation(), new LogState.Daemon(e.daemonStart(), 0),
                    (old, now) -> now.daemonStart() > old.daemonStart() ? now : old);
        } else {
            applyResync(event);
        }
    }

    private void applyResync(LogEvent event) {
        if (event instanceof LogEvent.ResyncAssigned e) {
            recovery = Optional.of(new Recovery(e.region(), e.to()));
        } else if (event instanceof LogEvent.ResyncReleased e) {
            release(e.by());
        } else if (event instanceof LogEvent.RegionSynced e) {
            RegionSet region = RegionSet.of(e.region());
            release(e.by());
            unsynced = unsynced.minus(region);
            unsyncedByDeath = unsyncedByDeath.minus(region);
            abandoned = abandoned.minus(region);
            orphanedMarks = orphanedMarks.minus(region);
            adoption = adoption.map(Adoption::used);
            change(e.by(), m -> m.withGrants(m.grants().minus(region)));
        } else if (event instanceof LogEvent.SyncLost e) {
            loseSync(e);
        } else if (event instanceof LogEvent.Granted e) {
            change(e.to(), m -> m.withGrants(m.grants().with(e.regions())));
        } else if (event instanceof LogEvent.Hinted e) {
            change(e.to(), m -> m.withHint(e.hint()));
        } else {
            applyMembership(event);
        }
    }

    private void applyMembership(LogEvent event) {
        if (event instanceof LogEvent.EpochBegan e) {
            beginEpoch(e);
        } else if (event instanceof LogEvent.Joined e) {
            join(e);
        } else if (event instanceof LogEvent.Rejoined e) {
            RegionSet before = marksOf(e.by());
            dirty = dirty.with(e.marks());
            change(e.by(), m -> m.rejoined(e.daemonStart(), e.marks()));
            clean(before.minus(e.marks()));
        } else if (event instanceof LogEvent.Exposed e) {
            change(e.by(), m -> m.exposed(e.isExposed()));
        } else if (event instanceof LogEvent.Left e) {
            release(e.by());
            tearIfExposed(e.by());
            change(e.by(), Member::left);
        } else if (event instanceof LogEvent.Forgotten e) {
            forget(e.by());
        } else if (event instanceof LogEvent.Died e) {
            die(e.incarnation());
        } else if (event instanceof LogEvent.DeviceFailed e) {
            health = health == DeviceHealth.FLUSH_FAILED ? health : e.health();
            failedBy = Optional.of(e.by());
        } else if (event instanceof LogEvent.OwnerChanged e) {
            owner = e.owner();
        } else if (event instanceof LogEvent.ReactivationBegan) {
            isReactivating = true;
        } else if (event instanceof LogEvent.ReactivationGivenUp) {
            isReactivating = false;
        } else {
            applyAdoption(event);
        }
    }

    private void applyAdoption(LogEvent event) {
        if (event instanceof LogEvent.Adopted e) {
            adopt(e);
        } else if (event instanceof LogEvent.TakenUp e) {
            restore(e);
        } else if (event instanceof LogEvent.Absent e) {
            members.keySet().stream().filter(id -> id.incarnation().equals(e.incarnation())).toList()
                    .forEach(this::forget);
            adoption = adoption.map(a -> a.without(e.incarnation()));
        } else {
            throw new IllegalStateException("no rule for " + event);
        }
    }

    /** After every single event, so that a replay in other portions leads to the same state. */
    private void endReactivationIfDone() {
        if (isReactivating) {
            long first = unsyncedByDeath.first();
            isReactivating = first >= 0 && members.values().stream().anyMatch(m -> m.isActive() && m.hint() > first);
        }
    }

    private void change(InstanceId id, UnaryOperator<Member> change) {
        members.computeIfPresent(id, (key, member) -> change.apply(member));
    }

    private RegionSet marksOf(InstanceId id) {
        Member member = members.get(id);
        return member == null ? RegionSet.empty() : member.marks();
    }

    private void clear(InstanceId by, RegionSet regions) {
        change(by, m -> m.withMarks(m.marks().minus(regions)));
        clean(regions);
    }

    /** Regions turn clean if they are in sync, nobody has them marked, nobody left them in doubt (S10, I4). */
    private void clean(RegionSet candidates) {
        if (health.isFailed()) {
            return;
        }
        RegionSet kept = candidates.minus(unsynced).minus(orphanedMarks);
        for (Member member : members.values()) {
            kept = kept.minus(member.marks());
        }
        dirty = dirty.minus(kept);
    }

    private void release(InstanceId by) {
        recovery = recovery.filter(r -> !r.recoverer().equals(by));
    }

    private void loseSync(LogEvent.SyncLost e) {
        RegionSet region = RegionSet.of(e.region());
        if (recovery.isPresent() && recovery.get().equals(new Recovery(e.region(), e.by()))) {
            recovery = Optional.empty();
            abandoned = abandoned.with(region);
            abandonedAt = number;
        }
        lose(e.by(), region);
    }

    /** The legs may differ there, and this kernel writes only one of them from now on (R4). */
    private void lose(InstanceId by, RegionSet regions) {
        unsynced = unsynced.with(regions);
        dirty = dirty.with(regions);
        unsyncedByDeath = unsyncedByDeath.minus(regions);
        lastLoss = number;
        change(by, m -> m.withGrants(m.grants().with(regions)));
    }

    /** What was known may be too little: it is kept, and the worst is assumed besides. */
    private void adopt(LogEvent.Adopted e) {
        number = Math.max(number, e.number());
        Map<String, String> awaited = new LinkedHashMap<>(e.awaited());
        members.forEach((id, member) -> awaited.put(id.incarnation(), member.node()));
        awaited.keySet().removeAll(dead);
        adoption = Optional.of(new Adoption(number, awaited, true));
        RegionSet all = geometry.map(Geometry::allRegions).orElse(RegionSet.empty());
        dirty = all;
        unsynced = all;
        unsyncedByDeath = RegionSet.empty();
        abandoned = RegionSet.empty();
        lastLoss = number;
        members.replaceAll((id, member) -> member.unheard());
    }

    private void restore(LogEvent.TakenUp e) {
        Member before = members.get(e.by());
        boolean isExposed = before != null && before.isExposed();
        RegionSet grants = before == null ? e.grants() : e.grants().with(before.grants());
        dirty = dirty.with(e.marks()).with(grants);
        unsynced = unsynced.with(grants);
        members.put(e.by(), new Member(e.node(), e.daemonStart(), 0, e.session(),
                isExposed ? Member.Presence.EXPOSED : Member.Presence.ACTIVE, e.hint(), e.marks(), grants));
        adoption = adoption.map(a -> a.without(e.by().incarnation()));
    }

    private void beginEpoch(LogEvent.EpochBegan e) {
        geometry = Optional.of(e.geometry());
        dirty = e.dirty();
        unsynced = e.dirty();
        lastLoss = number;
        unsyncedByDeath = RegionSet.empty();
        abandoned = RegionSet.empty();
        orphanedMarks = RegionSet.empty();
        recovery = Optional.empty();
        adoption = adoption.map(Adoption::used);
        long count = e.geometry().regionCount();
        // Who may run without a session may write whatever was dirty, in this epoch as in the last.
        members.replaceAll((id, m) -> m.withMarks(m.isExposed() ? e.dirty() : RegionSet.empty())
                .withGrants(m.grants().below(count)));
    }

    /** Its kernel may have written one leg only: as if the other had failed it everywhere. */
    private void tearIfExposed(InstanceId by) {
        Member member = members.get(by);
        if (member != null && member.isExposed()) {
            lose(by, member.marks());
            change(by, m -> m.withMarks(RegionSet.empty()));
        }
    }

    private void join(LogEvent.Joined e) {
        tearIfExposed(e.by());
        Member before = members.get(e.by());
        RegionSet marks = before == null ? RegionSet.empty() : before.marks();
        RegionSet grants = before == null ? RegionSet.empty() : before.grants();
        boolean isFirst = members.entrySet().stream()
                .noneMatch(m -> m.getValue().isActive() && !m.getKey().equals(e.by()));
        if (isFirst && !failedBy.equals(Optional.of(e.by()))) {
            health = DeviceHealth.ALIVE;
            failedBy = Optional.empty();
        }
        members.put(e.by(),
                new Member(e.node(), e.daemonStart(), 0, number, Member.Presence.ACTIVE, 0, RegionSet.empty(), grants));
        adoption = adoption.map(a -> a.without(e.by().incarnation()));
        orphanedMarks = orphanedMarks.with(marks);
        lastLoss = unsynced.containsAll(grants) ? lastLoss : number;
        unsynced = unsynced.with(grants);
        dirty = dirty.with(grants);
        boolean isEverybodyNew = members.values().stream().allMatch(m -> !m.isActive() || m.session() > abandonedAt);
        if (isEverybodyNew) {
            abandoned = RegionSet.empty();
        }
    }

    private void forget(InstanceId by) {
        release(by);
        tearIfExposed(by);
        // Its address may be given to a new table, which has nothing to do with the failure.
        failedBy = failedBy.filter(failed -> !failed.equals(by));
        Member member = members.remove(by);
        if (member != null) {
            orphanedMarks = orphanedMarks.with(member.marks());
            daemons.computeIfPresent(by.incarnation(), (key, daemon) -> daemon.daemonStart() != member.daemonStart()
                    ? daemon
                    : new LogState.Daemon(daemon.daemonStart(), Math.max(daemon.forgotten(), member.executed())));
        }
    }

    /** A proven death: its writes may have reached some legs only (S16). Its instances and its assignment are over. */
    private void die(String incarnation) {
        List<InstanceId> gone = members.keySet().stream().filter(id -> id.incarnation().equals(incarnation)).toList();
        for (InstanceId id : gone) {
            RegionSet torn = members.remove(id).marks();
            unsyncedByDeath = unsyncedByDeath.with(torn.minus(unsynced));
            unsynced = unsynced.with(torn);
            release(id);
            lastLoss = torn.isEmpty() ? lastLoss : number;
        }
        daemons.remove(incarnation);
        adoption = adoption.map(a -> a.without(incarnation));
        dead.remove(incarnation);
        dead.add(incarnation);
        if (dead.size() > DEATHS_KEPT) {
            dead.remove(0);
        }
    }
}
