package org.mirrorlog.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** What the emulated kernel remembers (K1 to K7), seen in what it asks. */
class RegionCacheTest {
    @Test
    void shouldAskTwiceMarkAndClearForAWriteToAnIdleRegion() {
        Rig rig = new Rig();
        rig.create(rig.core());

        Bio bio = rig.write(3, 7);
        rig.run();

        assertEquals(Bio.State.DONE, bio.state());
        assertEquals(List.of("IN_SYNC 3", "IN_SYNC 3", "MARK_REGION 3", "FLUSH", "CLEAR_REGION 3", "FLUSH"),
                rig.asked());
        assertArrayEquals(rig.legs.read(0, 3 * 1024, 512).orElseThrow(), rig.legs.read(1, 3 * 1024, 512).orElseThrow());
    }

    @Test
    void shouldAskNothingForAWriteToADirtyRegionK3() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.write(3, 7);
        rig.talk();
        rig.asked();

        rig.device.write(3 * 1024 + 512, new byte[512]);
        rig.talk();

        assertEquals(List.of(), rig.asked());
        assertEquals(4, rig.machine.legIo().size());
        assertEquals(Optional.of(RegionState.DIRTY), rig.device.active().orElseThrow().regionState(3));
    }

    @Test
    void shouldAskOncePerRead() {
        Rig rig = new Rig();
        rig.create(rig.core());

        rig.read(1);
        rig.read(1);
        rig.run();

        assertEquals(List.of("IN_SYNC 1", "IN_SYNC 1"), rig.asked());
    }

    @Test
    void shouldAskNothingForAReadOfADirtyRegion() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.write(1, 1);
        rig.talk();
        rig.asked();

        Bio bio = rig.read(1);
        rig.talk();

        assertEquals(List.of(), rig.asked());
        assertEquals(Bio.State.PENDING, bio.state());
    }

    @Test
    void shouldWriteNosyncRegionsToTheDefaultLegAloneAndUnmarkedK2() {
        Rig rig = new Rig();
        rig.instead = request -> Rig.is(request, RequestType.GET_RESYNC_WORK)
                ? Optional.of(Rig.answer(request, Reply.noWork())) : null;
        rig.create(rig.core());

        rig.write(4, 9);
        rig.run();

        assertEquals(List.of("GET_RESYNC_WORK", "GET_SYNC_COUNT", "IS_REMOTE_RECOVERING 4", "IN_SYNC 4", "IN_SYNC 4",
                "GET_RESYNC_WORK", "GET_SYNC_COUNT"), rig.asked());
        assertEquals(9, rig.legs.read(0, 4 * 1024, 1).orElseThrow()[0]);
        assertEquals(0, rig.legs.read(1, 4 * 1024, 1).orElseThrow()[0]);
        assertEquals(Optional.of(RegionState.NOSYNC), rig.device.active().orElseThrow().regionState(4));
    }

    @Test
    void shouldKeepNosyncThroughSuspendAndResumeK2() {
        Rig rig = new Rig();
        rig.instead = request -> Rig.is(request, RequestType.GET_RESYNC_WORK)
                ? Optional.of(Rig.answer(request, Reply.noWork())) : null;
        rig.create(rig.core());
        rig.write(4, 9);
        rig.run();

        rig.device.suspend();
        rig.run();
        rig.device.resume();
        rig.run();

        assertEquals(Optional.of(RegionState.NOSYNC), rig.device.active().orElseThrow().regionState(4));
    }

    @Test
    void shouldForgetTheHintAtAResumeK1() {
        Rig rig = new Rig();
        rig.create(rig.core());
        assertEquals(8, rig.device.active().orElseThrow().inSyncHint());

        rig.device.suspend();
        rig.run();
        rig.instead = request -> Rig.is(request, RequestType.RESUME) ? Optional.empty() : null;
        rig.device.resume();
        rig.run();

        assertEquals(0, rig.device.active().orElseThrow().inSyncHint());
    }

    @Test
    void shouldAskAboutRecoveryOncePer250MsAndMachineK7() {
        Rig rig = new Rig();
        rig.instead = request -> Rig.is(request, RequestType.GET_RESYNC_WORK)
                ? Optional.of(Rig.answer(request, Reply.noWork())) : null;
        rig.create(rig.core());
        EmulatedDevice other = rig.machine.device("other", new ByteLegs(2, 8 * 1024));
        other.load(MirrorTable.core("other", 16, 2));
        rig.run();
        other.resume();
        rig.run();
        rig.asked();

        rig.write(5, 1);
        rig.run();
        other.write(6 * 1024, new byte[512]);
        rig.run();
        long first = rig.asked().stream().filter(asked -> asked.startsWith("IS_REMOTE")).count();
        rig.runFor(240);
        long before = rig.asked().stream().filter(asked -> asked.startsWith("IS_REMOTE")).count();
        rig.runFor(200);
        long after = rig.asked().stream().filter(asked -> asked.startsWith("IS_REMOTE")).count();

        assertEquals(1, first);
        assertEquals(0, before, "the other mirror's write is put back without a question");
        assertEquals(1, after);
    }

    @Test
    void shouldPutBackAWriteWhileTheRegionIsRecoveredElsewhere() {
        Rig rig = new Rig();
        rig.instead = request -> {
            switch (request.type().orElseThrow()) {
                case GET_RESYNC_WORK:
                    return Optional.of(Rig.answer(request, Reply.noWork()));
                case IS_REMOTE_RECOVERING:
                    return Optional.of(Rig.answer(request, Reply.remoteRecovering(rig.machine.nowMs() < 1000, 0)));
                default:
                    return null;
            }
        };
        rig.create(rig.core());

        Bio bio = rig.write(5, 1);
        rig.runFor(990);
        Bio.State early = bio.state();
        rig.runFor(400);

        assertEquals(Bio.State.PENDING, early);
        assertEquals(Bio.State.DONE, bio.state());
    }

    @Test
    void shouldMarkAndClearInGroupsOf32LastQueuedFirst() {
        Rig rig = new Rig(100);
        rig.create(rig.core());
        rig.write(99, 1);
        rig.talk();
        rig.asked();

        IntStream.range(0, 40).forEach(region -> rig.write(region, 1));
        rig.talk();
        List<String> marks = rig.asked().stream().filter(asked -> asked.startsWith("MARK")).toList();
        rig.run();

        // The first write was taken in a pass of its own.
        assertEquals("MARK_REGION 0", marks.get(0));
        assertTrue(marks.get(1).startsWith("MARK_REGION 39,38,") && marks.get(1).endsWith(",9,8"), marks.get(1));
        assertTrue(marks.get(2).startsWith("MARK_REGION 7,6,") && marks.get(2).endsWith(",1"), marks.get(2));
        assertEquals(3, marks.size());
    }

    @Test
    void shouldKeepWritesToARegionBehindItsOwnCopyK4() {
        Rig rig = new Rig();
        rig.legs.scramble(new java.util.Random(1));
        rig.device.load(rig.core());
        rig.run();
        rig.device.resume();
        rig.talk();
        assertEquals(Optional.of(RegionState.RECOVERING), rig.device.active().orElseThrow().regionState(0));

        Bio bio = rig.write(0, 3);
        rig.talk();

        assertEquals(1, rig.machine.legIo().size(), "only the copy: " + rig.machine.legIo());
        rig.run();
        rig.runFor(500);
        assertEquals(Bio.State.DONE, bio.state());
        assertTrue(Auditor.compare(rig.legs, 16, 2, region -> true, region -> false).isClean());
    }
}
