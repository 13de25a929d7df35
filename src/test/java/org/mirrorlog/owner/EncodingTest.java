package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.Geometry;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Recovery;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.LogSpec;

/** Events and snapshots as bytes: version 1 for ever, inverse, and one kind of exception for anything else. */
class EncodingTest {
    private static final InstanceId A = new InstanceId("boot-a", 0x10);
    private static final RegionSet SOME = RegionSet.of(3, 64, 4096);
    private static final Geometry DISK = new Geometry(LogSpec.LogType.DISK, 65536, 1024);

    private static LogEvent named(String name) {
        switch (name) {
            case "OwnerChanged": return new LogEvent.OwnerChanged("node1#7");
            case "RoundExecuted": return new LogEvent.RoundExecuted(A, 5, 6);
            case "EpochBegan": return new LogEvent.EpochBegan(DISK, SOME);
            case "Joined": return new LogEvent.Joined(A, "node1", 5);
            case "Rejoined": return new LogEvent.Rejoined(A, 5, SOME);
            case "Marked": return new LogEvent.Marked(A, SOME);
            case "Cleared": return new LogEvent.Cleared(A, RegionSet.range(0, 1000));
            case "ResyncAssigned": return new LogEvent.ResyncAssigned(A, 9);
            case "ResyncReleased": return new LogEvent.ResyncReleased(A);
            case "RegionSynced": return new LogEvent.RegionSynced(A, 9);
            case "SyncLost": return new LogEvent.SyncLost(A, 9);
            case "Granted": return new LogEvent.Granted(A, SOME);
            case "Hinted": return new LogEvent.Hinted(A, 0x1_0000_0000L);
            case "Exposed": return new LogEvent.Exposed(A, true);
            case "Left": return new LogEvent.Left(A);
            case "Forgotten": return new LogEvent.Forgotten(A);
            case "Died": return new LogEvent.Died("boot-a");
            case "ReactivationBegan": return new LogEvent.ReactivationBegan();
            case "ReactivationGivenUp": return new LogEvent.ReactivationGivenUp();
            case "DeviceFailed": return new LogEvent.DeviceFailed(A, DeviceHealth.FLUSH_FAILED);
            case "Adopted": return new LogEvent.Adopted(0x1_0000_0005L, Map.of("boot-b", "node2"));
            case "TakenUp": return new LogEvent.TakenUp(A, "node1", 5, 6, SOME, 7, RegionSet.of(9));
            case "Absent": return new LogEvent.Absent("boot-b");
            default: throw new IllegalArgumentException(name);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            OwnerChanged   | 01000107006e6f6465312337
            RoundExecuted  | 0100020600626f6f742d61100000000000000005000000000000000600000000000000
            EpochBegan     | 01000301000001000000000000040000000000000cf001fc7d03
            Joined         | 0100040600626f6f742d61100000000000000005006e6f6465310500000000000000
            Rejoined       | 0100050600626f6f742d61100000000000000005000000000000000cf001fc7d03
            Marked         | 0100060600626f6f742d6110000000000000000cf001fc7d03
            Cleared        | 0100070600626f6f742d61100000000000000001e60703
            ResyncAssigned | 0100080600626f6f742d6110000000000000000900000000000000
            ResyncReleased | 0100090600626f6f742d611000000000000000
            RegionSynced   | 01000a0600626f6f742d6110000000000000000900000000000000
            SyncLost       | 01000b0600626f6f742d6110000000000000000900000000000000
            Granted        | 01000c0600626f6f742d6110000000000000000cf001fc7d03
            Hinted         | 01000d0600626f6f742d6110000000000000000000000001000000
            Left           | 01000e0600626f6f742d611000000000000000
            Forgotten      | 01000f0600626f6f742d611000000000000000
            Died           | 0100100600626f6f742d61
            DeviceFailed   | 0100110600626f6f742d61100000000000000046
            Exposed             | 0100140600626f6f742d61100000000000000001
            ReactivationBegan   | 010012
            ReactivationGivenUp | 010013
            Adopted             | 010015050000000100000001000600626f6f742d6205006e6f646532
            TakenUp             | 0100160600626f6f742d61100000000000000005006e6f646531050000000000000006000000000000000cf001fc7d0307000000000000002403
            Absent              | 0100170600626f6f742d62
            """)
    void shouldKeepTheBytesOfVersion1(String name, String hex) {
        Commit commit = new Commit(List.of(named(name)));

        assertEquals(hex, HexFormat.of().formatHex(LogEventCodec.encode(commit)));
        assertEquals(commit, LogEventCodec.decode(HexFormat.of().parseHex(hex)));
    }

    /** A kind without golden bytes would escape the test above. */
    @Test
    void shouldHaveGoldenBytesForEveryKind() {
        for (Class<?> kind : LogEvent.class.getPermittedSubclasses()) {
            assertEquals(kind, named(kind.getSimpleName()).getClass());
        }
    }

    /** Builds that tell no version know the kinds up to 20: a newer one must not be written for them. */
    @Test
    void shouldCountNewKindsToANewerFormat() {
        for (Class<?> kind : LogEvent.class.getPermittedSubclasses()) {
            Commit commit = new Commit(List.of(named(kind.getSimpleName())));
            boolean isOld = LogEventCodec.encode(commit)[2] <= 20;

            assertEquals(isOld, LogSerializer.format(commit) == 0, kind.getSimpleName());
            assertTrue(LogSerializer.format(commit) <= Builds.FORMAT, kind.getSimpleName());
        }
    }

    @Test
    void shouldKeepTheBytesOfAVersion1Snapshot() {
        Member member = new Member("node1", 5, 6, 7, Member.Presence.ACTIVE, 8, SOME, RegionSet.of(9));
        LogState state = new LogState(11, Optional.of(DISK), RegionSet.range(0, 64), RegionSet.range(0, 60),
                RegionSet.of(2), RegionSet.of(3), 10, RegionSet.of(4), Map.of(A, member),
                Optional.of(new Recovery(9, A)), "node1#7", DeviceHealth.WRITE_FAILED, Optional.of(A), 10,
                Map.of("boot-a", new LogState.Daemon(5, 4)), List.of("boot-0"), false, Optional.empty());
        String hex = "0b00000000000000010100000100000000000004000000000000013e03013a0308030c030a0000000000000010030100"
                + "0600626f6f742d61100000000000000005006e6f64653105000000000000000600000000000000070000000000000001"
                + "08000000000000000cf001fc7d0324030109000000000000000600626f6f742d61100000000000000007006e6f646531"
                + "233744010600626f6f742d6110000000000000000a0000000000000001000600626f6f742d6105000000000000000400"
                + "00000000000001000600626f6f742d30";

        assertEquals(hex, HexFormat.of().formatHex(StateCodec.encode(state)));
        assertEquals(state, StateCodec.decode(HexFormat.of().parseHex(hex), false, false));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void shouldReadTheCommitThatItWrote(@ForAll("commits") Commit commit) {
        assertEquals(commit, LogEventCodec.decode(LogEventCodec.encode(commit)));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void shouldReadTheSnapshotThatItWrote(@ForAll("states") LogState state) throws NotSerializableException {
        LogSerializer serializer = new LogSerializer();

        assertEquals(state, serializer.fromBinary(serializer.toBinary(state), serializer.manifest(state)));
    }

    @Property(tries = 2_000, edgeCases = EdgeCasesMode.NONE)
    void shouldRefuseDamageWithOneKindOfException(@ForAll("commits") Commit commit, @ForAll("states") LogState state,
                                                  @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LogSerializer serializer = new LogSerializer();
        Object intact = random.nextBoolean() ? commit : state;
        byte[] bytes = damaged(serializer.toBinary(intact), random);

        try {
            Object read = serializer.fromBinary(bytes, serializer.manifest(intact));
            assertEquals(intact.getClass(), read.getClass());
            LogState before = read instanceof LogState snapshot ? snapshot : LogState.unborn();
            LogState after = read instanceof Commit events ? before.after(events) : before;
            assertTrue(after.number() >= before.number(), "replay never throws");
        } catch (NotSerializableException refusal) {
            assertTrue(refusal.getMessage().startsWith("damaged record of kind " + serializer.manifest(intact)),
                    refusal.getMessage());
        }
    }

    private static byte[] damaged(byte[] bytes, SplittableRandom random) {
        byte[] damaged = java.util.Arrays.copyOf(bytes,
                random.nextInt(4) == 0 ? random.nextInt(bytes.length + 8) : bytes.length);
        for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        return damaged;
    }

    @Test
    void shouldRefuseWhatANewerVersionWrote() {
        assertThrows(NotSerializableException.class, () -> new LogSerializer().fromBinary(new byte[0], "C2"));
        assertThrows(NotSerializableException.class, () -> new LogSerializer().fromBinary(new byte[] {1, 0, 20}, "C1"));
        assertThrows(NotSerializableException.class, () -> new LogSerializer().fromBinary(new byte[] {0, 0}, "C1"));
        assertThrows(IllegalArgumentException.class, () -> new LogSerializer().manifest("text"));
    }

    // --- anything -------------------------------------------------------------------------------------------------

    private static Arbitrary<RegionSet> regions() {
        Arbitrary<Long> region = Arbitraries.longs().between(0, 100_000);
        return Combinators.combine(region.list().ofMaxSize(10), region, Arbitraries.longs().between(0, 5_000))
                .as((list, from, length) -> RegionSet.of(list.stream().mapToLong(Long::longValue))
                        .with(RegionSet.range(from, from + length)));
    }

    private static Arbitrary<InstanceId> ids() {
        return Combinators.combine(texts(), Arbitraries.longs()).as(InstanceId::new);
    }

    private static Arbitrary<String> texts() {
        return Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(20);
    }

    private static Arbitrary<Long> numbers() {
        return Arbitraries.longs();
    }

    private static Arbitrary<Geometry> geometries() {
        return Combinators.combine(Arbitraries.of(LogSpec.LogType.class), Arbitraries.longs().between(1, 1L << 40),
                Arbitraries.integers().between(9, 31))
                .as((type, length, shift) -> new Geometry(type, length, 1L << shift));
    }

    @Provide
    Arbitrary<Commit> commits() {
        Arbitrary<Long> region = Arbitraries.longs().between(0, RegionSet.REGION_LIMIT - 1);
        List<Arbitrary<? extends LogEvent>> kinds = new ArrayList<>();
        kinds.add(texts().map(LogEvent.OwnerChanged::new));
        kinds.add(Combinators.combine(ids(), numbers(), numbers()).as(LogEvent.RoundExecuted::new));
        kinds.add(Combinators.combine(geometries(), regions()).as(LogEvent.EpochBegan::new));
        kinds.add(Combinators.combine(ids(), texts(), numbers()).as(LogEvent.Joined::new));
        kinds.add(Combinators.combine(ids(), numbers(), regions()).as(LogEvent.Rejoined::new));
        kinds.add(Combinators.combine(ids(), regions()).as(LogEvent.Marked::new));
        kinds.add(Combinators.combine(ids(), regions()).as(LogEvent.Cleared::new));
        kinds.add(Combinators.combine(ids(), region).as(LogEvent.ResyncAssigned::new));
        kinds.add(ids().map(LogEvent.ResyncReleased::new));
        kinds.add(Combinators.combine(ids(), region).as(LogEvent.RegionSynced::new));
        kinds.add(Combinators.combine(ids(), region).as(LogEvent.SyncLost::new));
        kinds.add(Combinators.combine(ids(), regions()).as(LogEvent.Granted::new));
        kinds.add(Combinators.combine(ids(), numbers()).as(LogEvent.Hinted::new));
        kinds.add(Combinators.combine(ids(), Arbitraries.of(true, false)).as(LogEvent.Exposed::new));
        kinds.add(ids().map(LogEvent.Left::new));
        kinds.add(ids().map(LogEvent.Forgotten::new));
        kinds.add(texts().map(LogEvent.Died::new));
        kinds.add(Combinators.combine(ids(), Arbitraries.of(DeviceHealth.class)).as(LogEvent.DeviceFailed::new));
        kinds.add(numbers().map(number -> new LogEvent.Adopted(number, Map.of("boot", "node" + number))));
        kinds.add(Combinators.combine(ids(), texts(), numbers(), regions()).as((id, text, number, regions) ->
                new LogEvent.TakenUp(id, text, number, number, regions, number, regions)));
        kinds.add(texts().map(LogEvent.Absent::new));
        kinds.add(Arbitraries.of(new LogEvent.ReactivationBegan(), new LogEvent.ReactivationGivenUp()));
        Arbitrary<LogEvent> event = Arbitraries.integers().between(0, kinds.size() - 1)
                .flatMap(kind -> kinds.get(kind).map(e -> (LogEvent) e));
        return event.list().ofMinSize(1).ofMaxSize(6).map(Commit::new);
    }

    @Provide
    Arbitrary<LogState> states() {
        Arbitrary<Member> member = Combinators.combine(texts(), numbers(), numbers(), numbers(),
                Arbitraries.of(Member.Presence.class), numbers(), regions(), regions()).as(Member::new);
        Arbitrary<Map<InstanceId, Member>> members = Arbitraries.maps(ids(), member).ofMaxSize(3);
        Arbitrary<Map<String, LogState.Daemon>> daemons = Arbitraries.maps(texts(),
                Combinators.combine(numbers(), numbers()).as(LogState.Daemon::new)).ofMaxSize(3);
        Arbitrary<List<RegionSet>> sets = regions().list().ofSize(5);
        Arbitrary<Optional<Recovery>> recovery = Combinators.combine(Arbitraries.longs()
                .between(0, RegionSet.REGION_LIMIT - 1), ids()).as(Recovery::new).optional();
        Arbitrary<List<Long>> figures = numbers().list().ofSize(3);
        return Combinators.combine(figures, geometries().optional(), sets, members, recovery,
                texts().list().ofMaxSize(3), daemons,
                Combinators.combine(Arbitraries.of(DeviceHealth.class), ids().optional()).as(Failure::new))
                .as((n, geometry, s, m, r, dead, d, failure) ->
                        new LogState(n.get(0), geometry, s.get(0), s.get(1), s.get(2),
                        s.get(3), n.get(1), s.get(4), m, r, "owner", failure.health(), failure.by(), n.get(2), d, dead,
                        n.get(0) % 2 == 0, n.get(1) % 2 == 0 ? Optional.empty()
                                : Optional.of(new Adoption(n.get(2), Map.of("boot", "n"), n.get(2) % 2 == 0))));
    }

    private record Failure(DeviceHealth health, Optional<InstanceId> by) { }
}
