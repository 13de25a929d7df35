package org.mirrorlog.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/** Loading, swapping, suspending and removing tables. */
class TableTest {
    @Test
    void shouldFailTheLoadIfNobodyListens() {
        Rig rig = new Rig();
        rig.isDown = true;

        Ioctl load = rig.device.load(rig.core());
        rig.run();

        assertTrue(load.isDone());
        assertEquals(-3, load.error());
        assertEquals(List.of("CTR 16 clustered-core 2"), rig.asked());
    }

    @Test
    void shouldHaveNoRoomForTheDeviceInVersion1() {
        EmulatedMachine machine = new EmulatedMachine("boot", 1, 0);
        EmulatedDevice device = machine.device("m", new ByteLegs(2, 8192));
        Ioctl load = device.load(MirrorTable.disk("uuid", 16, "254:3", 2));

        UlogRequest request = machine.nextRequest().orElseThrow();
        machine.answer(Rig.answer(request, Reply.device("254:3")));

        assertEquals(1, request.version());
        assertEquals(-28, load.error());
    }

    @Test
    void shouldReuseTheAddressOfAFailedLoad() {
        Rig rig = new Rig();
        rig.instead = request -> Rig.is(request, RequestType.GET_REGION_SIZE) ? Rig.error(request, 22) : null;
        rig.device.load(rig.core());
        rig.run();
        rig.instead = request -> null;

        rig.create(rig.core());

        assertEquals(0xff11000004f80200L, rig.device.active().orElseThrow().luid());
    }

    @Test
    void shouldGiveTwoTablesTwoAddresses() {
        Rig rig = new Rig();
        rig.create(rig.core());

        rig.device.load(rig.core());
        rig.run();

        assertNotEquals(rig.device.active().orElseThrow().luid(), rig.device.inactive().orElseThrow().luid());
    }

    @Test
    void shouldDestroyTheOldTableAfterTheNewOneHasResumed() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.device.load(rig.core());
        rig.run();
        rig.asked();

        rig.device.resume();
        rig.run();

        List<String> asked = rig.asked().stream()
                .filter(line -> List.of("PRESUSPEND", "POSTSUSPEND", "RESUME", "DTR").contains(line)).toList();
        assertEquals(List.of("PRESUSPEND", "POSTSUSPEND", "RESUME", "DTR"), asked);
    }

    @Test
    void shouldDestroyAClearedTableThatWasNeverResumed() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.device.load(rig.core());
        rig.run();
        rig.asked();

        rig.device.clear();
        rig.run();

        assertEquals(List.of("DTR"), rig.asked());
        assertEquals(Optional.empty(), rig.device.inactive());
    }

    @Test
    void shouldSendPresuspendOnlyAfterTheCopyUnderWayHasEnded() {
        Rig rig = new Rig();
        rig.device.load(rig.core());
        rig.run();
        rig.device.resume();
        rig.talk();
        rig.asked();

        Ioctl suspend = rig.device.suspend();
        rig.talk();
        List<String> during = rig.asked();
        rig.run();

        assertFalse(during.contains("PRESUSPEND"), during::toString);
        assertEquals(List.of("SET_REGION_SYNC 0,1", "CLEAR_REGION 0", "PRESUSPEND", "FLUSH", "GET_SYNC_COUNT",
                "POSTSUSPEND"),
                rig.asked());
        assertTrue(suspend.isDone());
    }

    @Test
    void shouldLetWritesEndBetweenPresuspendAndPostsuspend() {
        Rig rig = new Rig();
        rig.create(rig.core());
        Bio bio = rig.write(1, 1);
        rig.talk();
        rig.asked();

        Ioctl suspend = rig.device.suspend();
        rig.talk();
        List<String> before = rig.asked();
        boolean wasDone = suspend.isDone();
        rig.run();

        assertEquals(List.of("PRESUSPEND"), before);
        assertFalse(wasDone);
        assertEquals(Bio.State.DONE, bio.state());
        assertTrue(rig.asked().contains("POSTSUSPEND"));
    }

    @Test
    void shouldKeepNewWritesUntilTheResume() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.device.suspend();
        rig.run();

        Bio bio = rig.write(1, 1);
        rig.run();
        Bio.State suspended = bio.state();
        rig.device.resume();
        rig.run();
        rig.runFor(500);

        assertEquals(Bio.State.PENDING, suspended);
        assertEquals(Bio.State.DONE, bio.state());
    }

    @Test
    void shouldGoOnIfSuspendAndRemoveFindNobody() {
        Rig rig = new Rig();
        rig.create(rig.core());
        rig.isDown = true;

        Ioctl remove = rig.device.remove();
        rig.run();

        assertTrue(remove.isDone());
        assertEquals(List.of("PRESUSPEND", "POSTSUSPEND", "DTR"), rig.asked());
    }

    @Test
    void shouldReportTheStatus() {
        Rig rig = new Rig();
        rig.create(rig.core());

        Ioctl status = rig.device.status();
        rig.run();

        assertEquals(new MirrorStatus(8, 8, "AA", "1 clustered-core"), status.status().orElseThrow());
    }

    @Test
    void shouldPlanAFlush3SecondsAfterClearsAlone() {
        Rig rig = new Rig();
        rig.create(rig.core().withIntegratedFlush());
        rig.runFor(5_000);
        rig.asked();

        rig.write(1, 1);
        rig.run();
        List<String> atOnce = rig.asked();
        rig.runFor(2_990);
        List<String> before = rig.asked();
        rig.runFor(20);

        assertEquals(List.of("IN_SYNC 1", "IN_SYNC 1", "FLUSH 1", "CLEAR_REGION 1"), atOnce);
        assertEquals(List.of(), before);
        assertEquals(List.of("FLUSH"), rig.asked());
    }

    @Test
    void shouldBringAPlannedFlushForwardAtSuspend() {
        Rig rig = new Rig();
        rig.create(rig.core().withIntegratedFlush());
        rig.runFor(5_000);
        rig.write(1, 1);
        rig.run();
        rig.asked();

        rig.device.suspend();
        rig.run();

        assertEquals(List.of("PRESUSPEND", "FLUSH", "POSTSUSPEND"), rig.asked());
    }
}
