package org.mirrorlog.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything a log knows, complete after replay: nothing of it lives anywhere else. Immutable; changes only through
 * {@link #after}.
 *
 * <p>Invariants (protocol I1–I6), checked by {@link #check()}: no region at or above the count in any set; an unsynced
 * region is dirty; a marked region is dirty; the region under recovery is unsynced.
 *
 * @param number commits so far: the log's number (D2)
 * @param geometry empty until the first epoch
 * @param dirty complement of the clean bits: writes may be in flight, or the legs may differ
 * @param unsynced complement of the sync bits: the legs may differ beyond writes in flight
 * @param unsyncedByDeath unsynced only through a death (D11)
 * @param abandoned unsynced regions that the pass has left behind: nobody recovers them until all have resumed (R1)
 * @param abandonedAt number of the commit that abandoned a region last
 * @param orphanedMarks marks of destroyed tables that were never cleared: dirty until the next epoch (D13)
 * @param members by instance: sessions, and what outlives them
 * @param recovery the one assignment
 * @param owner the daemon that owns the log
 * @param health of the log device
 * @param failedBy whose device failed
 * @param lastLoss number of the last commit that took a region out of sync (D9)
 * @param daemons by incarnation: its latest daemon start, and the rounds that destroyed tables executed
 * @param dead incarnations that are proven dead, newest last; none of them is served again (D16)
 * @param isReactivating the survivors of a death are being resumed anew, node after node: no hint passes a region
 *     that a death left unsynced, or it would never be free for recovery (D22)
 * @param adoption the last one, for ever
 */
public record LogState(long number, Optional<Geometry> geometry, RegionSet dirty, RegionSet unsynced,
        RegionSet unsyncedByDeath,
                       RegionSet abandoned, long abandonedAt, RegionSet orphanedMarks, Map<InstanceId, Member> members,
                       Optional<Recovery> recovery, String owner, DeviceHealth health, Optional<InstanceId> failedBy,
                       long lastLoss, Map<String, Daemon> daemons, List<String> dead, boolean isReactivating,
                       Optional<Adoption> adoption) {
    /** A set of so many regions takes 128 KiB at most. */
    private static final long SMALL_ENOUGH = 1 << 20;

    /**
     * The stream of one machine's daemon starts.
     *
     * @param daemonStart the latest start that was heard of; older ones are not executed (D5)
     * @param forgotten highest round number that a since destroyed table executed under that start
     */
    public record Daemon(long daemonStart, long forgotten) { }

    public LogState {
        Objects.requireNonNull(geometry, "geometry");
        Objects.requireNonNull(adoption, "adoption");
        // In the order they came: the same history leads to the same decisions in every JVM, which Map.copyOf does not
        // promise.
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        daemons = Collections.unmodifiableMap(new LinkedHashMap<>(daemons));
        dead = List.copyOf(dead);
    }

    /** The log before its first event. */
    public static LogState unborn() {
        RegionSet none = RegionSet.empty();
        return new LogState(0, Optional.empty(), none, none, none, none, 0, none, Map.of(), Optional.empty(), "",
                DeviceHealth.ALIVE, Optional.empty(), 0, Map.of(), List.of(), false, Optional.empty());
    }

    /** The state after one more accepted commit. Total: never throws for a decoded commit. */
    public LogState after(Commit commit) {
        return opened().with(commit.events());
    }

    /** The state in which the rounds of one more commit are decided: its number is that commit's. */
    public LogState opened() {
        return new LogState(number + 1, geometry, dirty, unsynced, unsyncedByDeath, abandoned, abandonedAt,
                orphanedMarks, members,
                recovery, owner, health, failedBy, lastLoss, daemons, dead, isReactivating, adoption);
    }

    /** An opened state with more events of its commit. */
    public LogState with(List<LogEvent> events) {
        return events.isEmpty() ? this : Evolution.apply(this, events);
    }

    /** Number of regions; 0 before the first epoch. */
    public long regionCount() {
        return geometry.map(Geometry::regionCount).orElse(0L);
    }

    /** Number of sync bits set. */
    public long syncCount() {
        return regionCount() - unsynced.size();
    }

    /**
     * This state for those who only count, who may be on another node: of a large log each set of regions has its size
     * and no more, so that it fits a message.
     */
    public LogState counted() {
        if (regionCount() <= SMALL_ENOUGH) {
            return this;
        }
        Map<InstanceId, Member> counted = new LinkedHashMap<>();
        members.forEach((id, member) ->
                counted.put(id, member.withMarks(sized(member.marks())).withGrants(sized(member.grants()))));
        return new LogState(number, geometry, sized(dirty), sized(unsynced), sized(unsyncedByDeath), sized(abandoned),
                abandonedAt, sized(orphanedMarks), counted, recovery, owner, health, failedBy, lastLoss, daemons, dead,
                isReactivating, adoption);
    }

    private static RegionSet sized(RegionSet regions) {
        return RegionSet.range(0, regions.size());
    }

    /** Whether any instance is in a session, except this one. */
    public boolean hasActiveBeside(InstanceId self) {
        return members.entrySet().stream().anyMatch(e -> e.getValue().isActive() && !e.getKey().equals(self));
    }

    /** Whether any instance is in a session. */
    public boolean hasActive() {
        return members.values().stream().anyMatch(Member::isActive);
    }

    /**
     * The highest hint that may be given: below it nothing is unsynced but what nobody will recover before all sessions
     * are new, and nothing is being copied. The region count when everything is in sync.
     */
    public long provableHint() {
        RegionSet passed = isReactivating ? abandoned : abandoned.with(barredByDeath());
        long first = unsynced.minus(passed).first();
        long proven = first < 0 ? regionCount() : first;
        return recovery.map(running -> Math.min(proven, running.region())).orElse(proven);
    }

    /** Regions unsynced only through a death that the epoch does not let anybody recover yet (D11, R2). */
    RegionSet barredByDeath() {
        return unsyncedByDeath.isEmpty() ? unsyncedByDeath : unsyncedByDeath.below(highestHintBeside(null));
    }

    /**
     * Whether a death has left regions that cannot be recovered before this instance is suspended and resumed: it
     * writes some of them without asking (R2).
     */
    public boolean needsReactivation(InstanceId id) {
        Member member = members.get(id);
        return member != null && member.isActive() && !unsyncedByDeath.isEmpty() && member.hint()
                > unsyncedByDeath.first();
    }

    /** Whether {@link #needsReactivation(InstanceId)} holds for anybody. */
    public boolean needsReactivation() {
        return !unsyncedByDeath.isEmpty() && highestHintBeside(null) > unsyncedByDeath.first();
    }

    /** The highest hint of the active sessions other than this instance's (R1). */
    long highestHintBeside(InstanceId self) {
        long highest = 0;
        for (Map.Entry<InstanceId, Member> entry : members.entrySet()) {
            if (entry.getValue().isActive() && !entry.getKey().equals(self)) {
                highest = Math.max(highest, entry.getValue().hint());
            }
        }
        return highest;
    }

    /**
     * Whether any kernel may still be in a session of the history before the adoption: then nothing that this log knows
     * of hints, marks and grants is all there is, and nothing is recovered.
     */
    public boolean isAwaiting() {
        return adoption.isPresent() && (!adoption.get().awaited().isEmpty()
                || members.values().stream().anyMatch(m -> m.mayRun() && adoption.get().isBefore(m.session())));
    }

    /** Whether this session was begun before the adoption. */
    boolean isBeforeAdoption(long session) {
        return adoption.isPresent() && adoption.get().isBefore(session);
    }

    /** Throws IllegalStateException naming the first broken invariant; corruption stops the log. */
    public void check() {
        check(dirty.with(unsynced).with(orphanedMarks)
                .with(geometry.map(Geometry::allRegions).orElse(RegionSet.empty())));
        require(dirty.below(regionCount()).equals(dirty), "I1: a region beyond the count is dirty");
    }

    /** As {@link #check()}, for these regions only: what a commit has named or changed. */
    public void check(RegionSet regions) {
        RegionSet clean = regions.minus(dirty);
        require(!unsynced.intersects(clean), "I6: an unsynced region is clean");
        require(!orphanedMarks.intersects(clean), "D13: a region with orphaned marks is clean");
        for (Map.Entry<InstanceId, Member> entry : members.entrySet()) {
            require(!entry.getValue().marks().intersects(clean),
                    "I3: a region marked by " + entry.getKey() + " is clean");
        }
        recovery.ifPresent(r -> require(unsynced.contains(r.region()), "I5: a synced region is under recovery"));
    }

    private static void require(boolean claim, String broken) {
        if (!claim) {
            throw new IllegalStateException("log state broken: " + broken);
        }
    }
}
