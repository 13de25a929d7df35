package org.mirrorlog.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.RequestType;

/** Legs and logs that fail. */
class FailureTest {
    @Test
    void shouldReportAFailedLegAndHoldTheWrite() {
        Rig rig = new Rig();
        rig.create(rig.core().withHandleErrors());
        rig.legs.setFailing(1, true);

        Bio bio = rig.write(3, 7);
        rig.run();

        assertEquals(List.of("IN_SYNC 3", "IN_SYNC 3", "MARK_REGION 3", "FLUSH", "SET_REGION_SYNC 3,0"), seen(rig));
        assertEquals(Bio.State.PENDING, bio.state());
        assertEquals(1, rig.device.active().orElseThrow().heldWrites());
        assertEquals(Optional.of(RegionState.NOSYNC), rig.device.active().orElseThrow().regionState(3));
    }

    @Test
    void shouldDoHeldWritesAgainAfterARepairOfTheTable() {
        Rig rig = new Rig();
        rig.create(rig.core().withHandleErrors());
        rig.legs.setFailing(1, true);
        Bio bio = rig.write(3, 7);
        rig.run();
        rig.legs.setFailing(1, false);
        rig.asked();

        rig.device.load(rig.core().withHandleErrors());
        rig.run();
        rig.device.suspend(true);
        rig.run();
        rig.device.resume();
        rig.run();
        rig.runFor(1_000);

        assertEquals(Bio.State.DONE, bio.state());
        List<String> asked = rig.asked();
        assertEquals(List.of("CTR 16 clustered-core 2", "GET_REGION_SIZE"), asked.subList(0, 2));
        assertTrue(asked.indexOf("POSTSUSPEND") < asked.indexOf("RESUME"), asked::toString);
        assertTrue(asked.indexOf("RESUME") < asked.indexOf("DTR"), asked::toString);
        assertTrue(Auditor.compare(rig.legs, 16, 2, region -> true, region -> false).isClean());
    }

    @Test
    void shouldFailHeldWritesOnAPlainSuspend() {
        Rig rig = new Rig();
        rig.create(rig.core().withHandleErrors());
        rig.legs.setFailing(1, true);
        Bio bio = rig.write(3, 7);
        rig.run();

        Ioctl suspend = rig.device.suspend();
        rig.run();

        assertEquals(Bio.State.FAILED, bio.state());
        assertTrue(suspend.isDone());
    }

    @Test
    void shouldPretendSuccessWithoutHandleErrors() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.legs.setFailing(1, true);

        Bio bio = rig.write(3, 7);
        rig.run();

        assertEquals(Bio.State.DONE, bio.state());
        assertTrue(rig.asked().contains("SET_REGION_SYNC 3,0"));
    }

    @Test
    void shouldSwitchTheDefaultLegOnlyIfTheMirrorWasInSyncK6() {
        Rig rig = new Rig();
        rig.create(rig.core().withHandleErrors());
        rig.legs.setFailing(0, true);

        rig.write(3, 7);
        rig.run();

        assertEquals(1, rig.device.active().orElseThrow().defaultLeg());
    }

    @Test
    void shouldHoldWritesAfterAFailedFlushUntilTheTableIsReplacedK5() {
        Rig rig = new Rig();
        rig.create(MirrorTable.disk("uuid", 16, "254:3", 2).withHandleErrors());
        boolean[] isLogBroken = {true};
        rig.instead = request -> Rig.is(request, RequestType.FLUSH) && isLogBroken[0] ? Rig.error(request, 5) : null;

        Bio first = rig.write(3, 7);
        rig.run();
        isLogBroken[0] = false;
        Bio second = rig.write(4, 7);
        rig.run();

        assertEquals(Bio.State.PENDING, first.state());
        assertEquals(Bio.State.PENDING, second.state(), "log_failure is sticky");
        assertEquals(0, rig.legs.read(0, 3 * 1024, 1).orElseThrow()[0]);
    }

    @Test
    void shouldWriteUnmarkedAfterAFailedFlushWithoutHandleErrors() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.instead = request -> Rig.is(request, RequestType.FLUSH) ? Rig.error(request, 5) : null;

        Bio bio = rig.write(3, 7);
        rig.run();

        assertEquals(Bio.State.DONE, bio.state());
        assertEquals(7, rig.legs.read(1, 3 * 1024, 1).orElseThrow()[0]);
    }

    @Test
    void shouldRetryAFailedGroupRegionByRegion() {
        Rig rig = new Rig();
        rig.create(rig.core());
        boolean[] isSilent = {true};
        rig.instead = request -> {
            if (isSilent[0]) {
                isSilent[0] = false;
                return Optional.empty();
            }
            return Rig.is(request, RequestType.MARK_REGION) && request.payload().length > 8
                    ? Rig.error(request, 22) : null;
        };

        // While the worker waits, two writes gather for its next pass.
        rig.read(0);
        rig.talk();
        rig.write(1, 1);
        rig.write(2, 1);
        rig.machine.advanceTo(15_000);
        rig.talk();

        List<String> asked = rig.asked();
        assertEquals(List.of("MARK_REGION 2,1", "MARK_REGION 1", "MARK_REGION 2", "FLUSH"),
                asked.subList(asked.indexOf("MARK_REGION 2,1"), asked.size()));
    }

    @Test
    void shouldNotSendMarksIfClearsFail() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.write(0, 1);
        rig.talk();
        rig.instead = request -> Rig.is(request, RequestType.CLEAR_REGION) ? Rig.error(request, 22) : null;
        rig.asked();

        rig.run();

        assertEquals(List.of("CLEAR_REGION 0", "CLEAR_REGION 0"), rig.asked());
    }

    @Test
    void shouldNotRetryAFailedFlushWithMarks() {
        Rig rig = new Rig();
        rig.create(rig.core().withIntegratedFlush());
        rig.instead = request -> Rig.is(request, RequestType.FLUSH) ? Rig.error(request, 5) : null;

        rig.write(0, 1);
        rig.talk();

        assertEquals(List.of("IN_SYNC 0", "IN_SYNC 0", "FLUSH 0"), rig.asked());
    }

    @Test
    void shouldSayOutOfSyncOfAFailedCopyWithHandleErrorsAndInSyncWithout() {
        for (boolean isHandling : new boolean[] {true, false}) {
            Rig rig = new Rig();
            rig.legs.setFailing(1, true);
            MirrorTable table = isHandling ? rig.core().withHandleErrors() : rig.core();
            rig.device.load(table);
            rig.run();
            rig.device.resume();
            rig.run();

            assertTrue(rig.asked().contains("SET_REGION_SYNC 0," + (isHandling ? 0 : 1)),
                    "handle_errors " + isHandling);
        }
    }

    @Test
    void shouldReadFromAnotherLegIfOneFails() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.write(2, 6);
        rig.run();
        rig.legs.setFailing(0, true, false);

        Bio bio = rig.read(2);
        rig.run();

        assertEquals(Bio.State.DONE, bio.state());
        assertEquals(6, bio.data()[0]);
    }

    private static List<String> seen(Rig rig) {
        return rig.asked().stream().filter(asked -> !asked.startsWith("GET_SYNC_COUNT")).toList();
    }
}
