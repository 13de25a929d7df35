package org.mirrorlog.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mirrorlog.cluster.DaemonName;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.Phase;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.kernel.FlushTimes;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Recovery;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.management.DeviceView;
import org.mirrorlog.management.InstanceView;
import org.mirrorlog.management.LogView;
import org.mirrorlog.owner.DeviceStatus;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.OwnerBackoff;
import org.mirrorlog.protocol.LogSpec;

class LocalLogsTest {
    private static final LogSpec CORE = new LogSpec(10_240, LogSpec.LogType.CORE, Optional.empty(), 1024,
            LogSpec.SyncMode.DEFAULT, false);
    private static final LogSpec DISK = new LogSpec(10_240, LogSpec.LogType.DISK, Optional.of("254:3"), 1024,
            LogSpec.SyncMode.DEFAULT, false);

    private static final LogDevices.Look OPEN = new LogDevices.Look(DeviceStatus.OPEN, 0);
    private static final LogDevices.Look LATE = new LogDevices.Look(DeviceStatus.FAILED, 7_900);

    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void shouldShowALogThatNeverResumedAsAllDirtyAndNothingInSync() {
        LogViewsOf logs = new LogViewsOf(List.of(table("a", 1, CORE, Phase.SUSPENDED, 0)), LogState.unborn());

        assertEquals(List.of(new LogView("a", "clustered-core", 1024, 10, 0, 10, null, null, null,
                List.of(new InstanceView("here", "0000000000000001", "suspended", 0).waiting(0, 0)))), logs.all());
    }

    @Test
    void shouldShowCountsAndDeviceAsTheOwnerHasThem() {
        LogState state = state(DISK, Map.of());
        LogViewsOf logs = new LogViewsOf(List.of(table("d", 0x0f, DISK, Phase.ACTIVE, 3)), state);

        assertEquals(Optional.of(new LogView("d", "clustered-disk", 1024, 10, 8, 4, 7L, "owner-node",
                new DeviceView("254:3", "D", "failed", 7),
                List.of(new InstanceView("here", "000000000000000f", "active", 3).waiting(0, 0)))),
                logs.one("d"));
    }

    @Test
    void shouldShowTablesOfOneLogTogetherAndThoseOfOtherMachines() {
        Member elsewhere = new Member("there", 1, 1, 1, Member.Presence.ACTIVE, 0, RegionSet.of(1), RegionSet.empty());
        Member gone = new Member("gone", 1, 1, 1, Member.Presence.LEFT, 0, RegionSet.empty(), RegionSet.empty());
        LogState state =
                state(CORE, Map.of(new InstanceId("boot-there", 5), elsewhere, new InstanceId("boot-gone", 6), gone,
                new InstanceId("boot-here", 1), elsewhere));
        LogViewsOf logs = new LogViewsOf(List.of(table("a", 1, CORE, Phase.ACTIVE, 2),
                table("a", 2, CORE, Phase.SUSPENDED, 0)), state);

        assertEquals(List.of(new InstanceView("here", "0000000000000001", "active", 2).waiting(0, 0),
                new InstanceView("here", "0000000000000002", "suspended", 0).waiting(0, 0),
                new InstanceView("there", "0000000000000005", "active", 1)), logs.all().get(0).instances());
    }

    @Test
    void shouldSortLogsByUuidAndKnowNoOthers() {
        LogViewsOf logs =
                new LogViewsOf(List.of(table("b", 1, CORE, Phase.ACTIVE, 0), table("a", 2, CORE, Phase.ACTIVE, 0)),
                LogState.unborn());

        assertEquals(List.of("a", "b"), logs.all().stream().map(LogView::uuid).toList());
        assertEquals(List.of("a", "b"), logs.logs().names().toCompletableFuture().join());
        assertEquals(Optional.empty(), logs.one("c"));
    }

    @Test
    void shouldShowTheOtherLogsAlthoughTheOwnerOfOneIsSilent() {
        AtomicLong now = new AtomicLong(1_000);
        AtomicReference<CompletionStage<LogState>> answer =
                new AtomicReference<>(CompletableFuture.completedStage(state(DISK, Map.of())));
        LocalLogs logs = new LocalLogs("here", "boot-here", new LocalLogs.Sources(
                () -> CompletableFuture.completedStage(List.of(
                table("a", 1, DISK, Phase.ACTIVE, 3), table("b", 2, CORE, Phase.ACTIVE, 0))),
                uuid -> uuid.equals("a") ? answer.get() : CompletableFuture.completedStage(LogState.unborn()),
                (uuid, luid) -> OPEN, uuid -> Optional.empty(), new FlushTimes(), LONG), now::get);
        assertEquals(8L, first(logs).inSync());

        answer.set(CompletableFuture.failedStage(new TimeoutException("Ask timed out on [x]")));
        now.set(2_000);
        LogView silent = first(logs);
        now.set(3_000);

        assertEquals(new LogView("a", "clustered-disk", 1024, 10, null, null, null, "owner-node", null,
                List.of(new InstanceView("here", "0000000000000001", "active", 3).waiting(0, 0)),
                new LogView.Silence("1970-01-01T00:00:02Z", "no answer in time")), silent);
        assertEquals(silent, first(logs), "since when it is silent does not move");
        assertEquals(Optional.of(silent), logs.one("a").toCompletableFuture().join());
        assertEquals(List.of("a", "b"), logs.all().toCompletableFuture().join().stream().map(LogView::uuid).toList());
        answer.set(CompletableFuture.completedStage(state(DISK, Map.of())));
        assertNull(first(logs).silent());
        answer.set(CompletableFuture.failedStage(new IllegalStateException("the node leaves")));
        assertEquals(new LogView.Silence("1970-01-01T00:00:03Z", "the node leaves"), first(logs).silent());
    }

    /** Whatever goes wrong with one log on the way to its view. */
    @Test
    void shouldShowTheOtherLogsAlthoughOneCannotBePutTogether() {
        for (boolean isAtOnce : List.of(true, false)) {
            LocalLogs logs = new LocalLogs("here", "boot-here", new LocalLogs.Sources(
                    () -> CompletableFuture.completedStage(List.of(
                            table("a", 1, DISK, Phase.ACTIVE, 3), table("b", 2, CORE, Phase.ACTIVE, 0))),
                    uuid -> {
                        if (isAtOnce && uuid.equals("a")) {
                            throw new IllegalStateException("nobody to ask");
                        }
                        return CompletableFuture.completedStage(state(DISK, Map.of()));
                    }, (uuid, luid) -> {
                        if (uuid.equals("a")) {
                            throw new IllegalStateException("no such device");
                        }
                        return OPEN;
                    }, uuid -> Optional.empty(), new FlushTimes(), LONG), () -> 1_000);

            List<LogView> all = logs.all().toCompletableFuture().join();

            assertEquals(List.of("a", "b"), all.stream().map(LogView::uuid).toList());
            assertEquals(isAtOnce ? "nobody to ask" : "no such device", all.get(0).silent().why());
            assertNull(all.get(1).silent());
        }
    }

    @Test
    void shouldSayWhatTheOwnerThrowsWhetherItAnswersOrNot() {
        AtomicReference<CompletionStage<LogState>> answer =
                new AtomicReference<>(CompletableFuture.completedStage(state(DISK, Map.of())));
        LocalLogs logs = new LocalLogs("here", "boot-here", new LocalLogs.Sources(
                () -> CompletableFuture.completedStage(List.of(table("a", 1, DISK, Phase.ACTIVE, 3))),
                uuid -> answer.get(), (uuid, luid) -> OPEN,
                uuid -> Optional.of(new OwnerBackoff.Trouble(uuid + " threw", 2_000, 7, 3_000)), new FlushTimes(),
                LONG), () -> 4_000);
        LogView.Trouble expected = new LogView.Trouble("a threw", "1970-01-01T00:00:02Z", 7);

        assertEquals(expected, first(logs).trouble());
        answer.set(CompletableFuture.failedStage(new TimeoutException()));

        assertEquals(expected, first(logs).trouble());
    }

    @Test
    void shouldListLogsThatThereWasNoTimeToAskAndAskThemFirstTheNextTime() {
        AtomicLong now = new AtomicLong(1_000);
        List<TableView> tables = IntStream.range(0, 1_000)
                .mapToObj(i -> table(String.format("log-%03d", i), 1, CORE, Phase.ACTIVE, 0)).toList();
        List<String> asked = new CopyOnWriteArrayList<>();
        LocalLogs logs = new LocalLogs("here", "boot-here", new LocalLogs.Sources(
                () -> CompletableFuture.completedStage(tables), uuid -> {
                    asked.add(uuid);
                    return new CompletableFuture<LogState>().orTimeout(300, TimeUnit.MILLISECONDS);
                }, (uuid, luid) -> OPEN, uuid -> Optional.empty(), new FlushTimes(),
                Duration.ofMillis(50)), now::get);

        List<LogView> all = logs.all().toCompletableFuture().join();

        assertEquals(1_000, all.size());
        Set<String> first = Set.copyOf(asked);
        assertEquals(new LogView.Silence("1970-01-01T00:00:01Z", "no answer in time"), all.get(0).silent());
        assertEquals(new LogView.Silence("1970-01-01T00:00:01Z", "not asked: other logs have taken too long"),
                all.get(999).silent());
        asked.clear();
        now.set(2_000);
        logs.all().toCompletableFuture().join();
        assertFalse(asked.stream().anyMatch(first::contains), () -> first + " " + asked);
    }

    private static LogView first(LocalLogs logs) {
        return logs.all().toCompletableFuture().join().get(0);
    }

    private static TableView table(String uuid, long luid, LogSpec spec, Phase phase, long marks) {
        return new TableView(new InstanceKey(uuid, luid), spec, phase, marks, 0, Optional.empty(), false,
                List.of());
    }

    private static LogState state(LogSpec spec, Map<InstanceId, Member> members) {
        RegionSet none = RegionSet.empty();
        return new LogState(9, Optional.of(Geometry.of(spec)), RegionSet.of(1, 3, 7, 8), RegionSet.of(7, 8),
                none, none, 0, none, members, Optional.of(new Recovery(7, new InstanceId("boot-here", 1))),
                DaemonName.of(new NodeIdentity("owner-node", "boot/1"), 12), DeviceHealth.WRITE_FAILED,
                Optional.empty(), 0, Map.of(), List.of(),
                false, Optional.empty());
    }

    /** LocalLogs with fixed sources, asked and waited for. */
    private record LogViewsOf(List<TableView> tables, LogState state) {
        private LocalLogs logs() {
            return new LocalLogs("here", "boot-here", new LocalLogs.Sources(
                    () -> CompletableFuture.completedStage(tables), uuid -> CompletableFuture.completedStage(state),
                    (uuid, luid) -> luid == 0x0f ? LATE : OPEN, uuid -> Optional.empty(), new FlushTimes(), LONG),
                    () -> 0);
        }

        List<LogView> all() {
            return logs().all().toCompletableFuture().join();
        }

        Optional<LogView> one(String uuid) {
            return logs().one(uuid).toCompletableFuture().join();
        }
    }
}
