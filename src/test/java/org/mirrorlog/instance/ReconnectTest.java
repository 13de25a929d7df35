package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.Member;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** Kernels that found nobody listening, or a daemon that knows nothing of them. */
class ReconnectTest {
    private static final long LUID = 0x77;

    private static final long NEXT = LUID + 0x200;

    private final OneMachine machine = new OneMachine("boot-1", 1);

    /** D15: the worker and the delayed flusher ask in the same moment; neither may hear that the table is unknown. */
    @Test
    void shouldTellEveryTaskOfAnUnknownTableToReconnect() {
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.FLUSH));
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.IN_SYNC, 1));
    }

    /** D15, S9: the record got lost between CTR and RESUME of a reconnect; an error would fail the request behind it. */
    @Test
    void shouldLetTheResumeOfAnUnknownTableSucceedAndThenMakeItReconnect() {
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.IN_SYNC, 1));
    }

    /** D17, S9: RESUME found nobody listening and is not repeated; what the kernel asks next must not fail. */
    @Test
    void shouldServeATableWhoseResumeGotLost() {
        machine.construct(LUID, "65536 clustered-core 1024 nosync");
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.PRESUSPEND);
        machine.ask(LUID, RequestType.POSTSUSPEND);

        assertEquals(Reply.flag(true), machine.ask(LUID, RequestType.IN_SYNC, 7));
        assertEquals(true, machine.log().members().get(machine.id(LUID)).isActive());
    }

    /** D15, S12: another task's request comes between CTR and RESUME of a reconnect; the kernel's hint may be at its highest. */
    @Test
    void shouldBelieveThatAnUnrecordedTableHoldsEverythingWhoeverAsksFirst() {
        machine.construct(LUID, "65536 clustered-core 1024 nosync");
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.GET_SYNC_COUNT);
        machine.records.clear();
        machine.restart(2);
        machine.ask(LUID, RequestType.FLUSH);
        machine.construct(LUID, "65536 clustered-core 1024 nosync\0");

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH, 3));

        Member member = machine.log().members().get(machine.id(LUID));
        assertEquals(64, member.hint());
        assertEquals(64, member.marks().size());
    }

    /** D15, S2: a reconnect whose RESUME got lost is repeated; the MARK before the FLUSH went with the record. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBelieveThatAnUnrecordedTableHoldsEverythingHoweverOftenItReconnects(boolean isResumed) {
        machine.construct(LUID, "65536 clustered-core 1024 nosync");
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.MARK_REGION, 20);
        machine.records.clear();
        machine.restart(2);
        machine.ask(LUID, RequestType.FLUSH);
        machine.construct(LUID, "65536 clustered-core 1024 nosync\0");
        machine.construct(LUID, "65536 clustered-core 1024 nosync\0");
        if (isResumed) {
            assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        }

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH));

        assertEquals(64, machine.log().members().get(machine.id(LUID)).marks().size());
    }

    /** S21: what trails the suspend may reconnect; the table that takes over must not lose its session to that. */
    @Test
    void shouldNotResumeATableThatIsLeavingBecauseATaskOfItReconnects() {
        machine.construct(LUID, "65536 clustered-core 1024 nosync");
        machine.ask(LUID, RequestType.RESUME);
        machine.isOwnerSilent = true;
        machine.ask(LUID, RequestType.PRESUSPEND);
        assertNull(machine.ask(LUID, RequestType.POSTSUSPEND));
        machine.construct(LUID, "65536 clustered-core 1024 nosync\0");

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));

        machine.isOwnerSilent = false;
        machine.deliver();
        assertEquals(false, machine.log().members().get(machine.id(LUID)).isActive());
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.CLEAR_REGION, 3));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(true, machine.log().members().get(machine.id(LUID)).isActive());
    }

    /** S21: the RESUME of a reconnect is sent again long after, and its CTR found nobody listening. */
    @Test
    void shouldNotResumeATableThatAnotherHasReplaced() {
        machine.construct(LUID, "65536 clustered-core 1024 nosync");
        machine.ask(LUID, RequestType.RESUME);
        machine.construct(NEXT, "65536 clustered-core 1024 nosync");
        machine.ask(LUID, RequestType.PRESUSPEND);
        machine.ask(LUID, RequestType.POSTSUSPEND);
        machine.ask(NEXT, RequestType.RESUME);

        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.CLEAR_REGION, 3));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.FLUSH, 3));

        assertEquals(false, machine.log().members().get(machine.id(LUID)).isActive());
        assertEquals(true, machine.log().members().get(machine.id(NEXT)).isActive());
    }

    /** D15, S9: if the RESUME of a reconnect fails, the request behind it fails, and IN_SYNC reads that as "no". */
    @Test
    void shouldLetAReconnectSucceedOnAFailedDevice() {
        machine.construct(LUID, "65536 clustered-core 1024 nosync");
        machine.ask(LUID, RequestType.RESUME);
        machine.logs.put(OneMachine.UUID, machine.log().after(new Commit(List.of(
                new LogEvent.DeviceFailed(machine.id(LUID), DeviceHealth.WRITE_FAILED)))));
        machine.records.clear();
        machine.restart(2);

        assertEquals(Reply.failure(Errno.ESRCH), machine.ask(LUID, RequestType.IN_SYNC, 1));
        assertEquals(Reply.done(), machine.construct(LUID, "65536 clustered-core 1024 nosync\0"));
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        assertEquals(Reply.flag(true), machine.ask(LUID, RequestType.IN_SYNC, 1));
    }

    /** D17, L4: the suspend waits for the write, and nobody recovers its region. */
    @Test
    void shouldLetAWriteGoWhoseKernelStoppedAskingForWork() {
        machine.construct(LUID, "65536 clustered-core 1024");
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.GET_RESYNC_WORK);
        machine.ask(LUID, RequestType.SET_REGION_SYNC, 0, 1);

        for (int i = 0; i < 3; i++) {
            assertEquals(Reply.remoteRecovering(true, 0), machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 5));
        }
        assertEquals(Reply.flag(false).payload()[0], machine.ask(LUID, RequestType.IS_REMOTE_RECOVERING, 5).payload()[0]);
        assertEquals(Reply.flag(false), machine.ask(LUID, RequestType.IN_SYNC, 5));
        assertEquals(true, machine.log().members().get(machine.id(LUID)).grants().contains(5));
    }

    /** S12, S13: the RESUME after this suspend found nobody listening; the kernel runs and takes "all" for a hint. */
    @Test
    void shouldNotSayAllInSyncOutsideASession() {
        machine.construct(LUID, "65536 clustered-core 1024 nosync");
        machine.ask(LUID, RequestType.RESUME);
        machine.ask(LUID, RequestType.PRESUSPEND);
        machine.ask(LUID, RequestType.POSTSUSPEND);

        assertEquals(Reply.number(63), machine.ask(LUID, RequestType.GET_SYNC_COUNT));
    }
}
