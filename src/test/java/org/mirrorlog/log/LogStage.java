package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.mirrorlog.protocol.LogSpec;

/**
 * A log and the tables that use it, without owner, journal and time: every round is decided at once and is a commit of
 * its own. The invariants I1–I6 are checked after each.
 */
final class LogStage {
    static final int REGIONS = 8;
    static final int REGION_SECTORS = 8;

    LogState log = LogState.unborn();
    Rules rules = new Rules(true, false);
    DeviceReport device = new DeviceReport.Blank();
    final ResyncRequests requests = new ResyncRequests();
    private long lastJvm;

    /** One table of one kernel, served by one daemon start. */
    final class Table {
        final InstanceId id;
        final String node;
        /** Earlier runs of the kernel, which the machine knows to be over. */
        private final List<String> former;
        long daemonStart;
        long session;
        private long number;
        private long seen;
        private Round last;

        private Table(String incarnation, String node, long luid, List<String> former) {
            this.id = new InstanceId(incarnation, luid);
            this.node = node;
            this.former = former;
            this.daemonStart = ++lastJvm;
        }

        /** Another table of the same kernel, served by the same daemon. */
        Table sibling(long luid) {
            Table sibling = new Table(id.incarnation(), node, luid, former);
            sibling.daemonStart = daemonStart;
            sibling.number = number + 1_000;
            return sibling;
        }

        /** The daemon dies and comes back: the kernel's table is the same, the rounds are a new stream. */
        void daemonRestarts() {
            daemonStart = ++lastJvm;
            number = 0;
        }

        Round round(RegionSet clears, Ask ask) {
            last = new Round("uuid", id, node, daemonStart, session, ++number, seen, 0, clears, ask);
            return last;
        }

        Answer ask(Ask ask) {
            return ask(RegionSet.empty(), ask);
        }

        Answer ask(RegionSet clears, Ask ask) {
            Answer answer = send(round(clears, ask)).orElseThrow(() -> new AssertionError("not executed: " + last));
            seen = log.number();
            if (answer instanceof Answer.Joined joined) {
                session = joined.session();
            }
            return answer;
        }

        /** It has heard of all that the log knows now. */
        void seenNow() {
            seen = log.number();
        }

        Round lastRound() {
            return last;
        }

        /** The same round once more, as a network may deliver it. */
        Optional<Answer> askAgain() {
            return send(last);
        }

        Answer.Joined resume(LogSpec spec) {
            return assertInstanceOf(Answer.Joined.class, ask(new Ask.Resume(spec, false, former)));
        }

        void mark(long... regions) {
            assertEquals(new Answer.Done(), ask(new Ask.Mark(RegionSet.of(regions))));
        }

        void clear(long... regions) {
            assertEquals(new Answer.Done(), ask(RegionSet.of(regions), new Ask.HandOn()));
        }

        Answer nextResync() {
            return ask(new Ask.NextResync());
        }

        Answer reportSync(long region, boolean isInSync) {
            return ask(new Ask.SetSync(region, isInSync));
        }

        /** Copies this region, which must be the next one. */
        void recover(long region) {
            assertEquals(new Answer.Work(region), nextResync());
            assertEquals(new Answer.SyncSet(true), reportSync(region, true));
        }

        Answer mayWrite(long region) {
            return ask(new Ask.MayWrite(region, false));
        }

        Answer mayWriteWhileSuspending(long region) {
            return ask(new Ask.MayWrite(region, true));
        }

        void assertMayWriteInSync(long region) {
            assertTrue(mayWrite(region) instanceof Answer.Write write && !write.isGrant(), "region " + region);
        }

        void assertIsGranted(long region) {
            assertTrue(mayWrite(region) instanceof Answer.Write write && write.isGrant(), "region " + region);
            assertTrue(member().grants().contains(region));
        }

        void assertMustWait(long region) {
            assertEquals(new Answer.Wait(), mayWrite(region));
        }

        /** GET_SYNC_COUNT = all, which is a hint for everything. */
        void hearsAllInSync() {
            assertEquals(new Answer.AllInSync(), ask(new Ask.SyncCount()));
        }

        void leave() {
            assertEquals(new Answer.Done(), ask(new Ask.Leave()));
        }

        void forget() {
            assertEquals(new Answer.Done(), ask(new Ask.Forget()));
        }

        Answer rejoin(LogSpec spec, RegionSet marks, long hint, RegionSet grants) {
            return ask(new Ask.Rejoin(spec, session, marks, hint, grants));
        }

        Answer rejoinWithoutRecord(LogSpec spec) {
            return ask(new Ask.Rejoin(spec, 0, RegionSet.empty(), 0, RegionSet.empty()));
        }

        Member member() {
            return log.members().get(id);
        }
    }

    /** A table on a machine of its own, whose boot id is {@code boot-NAME}. */
    Table machine(String name) {
        return new Table("boot-" + name, "node-" + name, 1, List.of());
    }

    /** A table on a machine that has booted again. */
    Table rebooted(Table before, String incarnation) {
        return new Table(incarnation, before.node, before.id.luid(), List.of(before.id.incarnation()));
    }

    /** A table of another machine, which was given the same name. */
    Table twin(Table original, String incarnation) {
        return new Table(incarnation, original.node, original.id.luid(), List.of());
    }

    /** Decides one round as a commit of its own; empty: it was not executed. */
    Optional<Answer> send(Round round) {
        Optional<DeviceReport> report = Decider.needsDevice(log, rules, round) ? Optional.of(device) : Optional.empty();
        Optional<Decision> decision = Decider.decide(log.opened(), requests, rules, round, report);
        decision.filter(d -> !d.events().isEmpty()).ifPresent(d -> commit(d.events()));
        return decision.map(Decision::answer);
    }

    void commit(List<LogEvent> events) {
        log = log.after(new Commit(events));
        log.check();
    }

    /** An operator or a fencing agent proves this kernel dead. */
    void dies(Table table) {
        commit(List.of(new LogEvent.Died(table.id.incarnation())));
    }

    void deviceFails(Table user, DeviceHealth health) {
        commit(List.of(new LogEvent.DeviceFailed(user.id, health)));
    }

    void assertDirty(long... regions) {
        assertEquals(RegionSet.of(regions), log.dirty(), "dirty");
    }

    void assertUnsynced(long... regions) {
        assertEquals(RegionSet.of(regions), log.unsynced(), "unsynced");
    }

    // --- table lines ----------------------------------------------------------------------------------------------

    static LogSpec core(LogSpec.SyncMode mode) {
        return new LogSpec(REGIONS * REGION_SECTORS, LogSpec.LogType.CORE, Optional.empty(), REGION_SECTORS,
                mode, false);
    }

    /** All in sync at the start. */
    static LogSpec nosync() {
        return core(LogSpec.SyncMode.NOSYNC);
    }

    /** Nothing in sync at the start. */
    static LogSpec fresh() {
        return core(LogSpec.SyncMode.DEFAULT);
    }

    static LogSpec disk(LogSpec.SyncMode mode) {
        return new LogSpec(REGIONS * REGION_SECTORS, LogSpec.LogType.DISK, Optional.of("254:3"), REGION_SECTORS,
                mode, false);
    }

    static LogSpec sized(LogSpec like, long lengthSectors, long regionSectors) {
        return new LogSpec(lengthSectors, like.type(), like.device(), regionSectors, like.sync(),
                like.isBlockOnError());
    }
}
