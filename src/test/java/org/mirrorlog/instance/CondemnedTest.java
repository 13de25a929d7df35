package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** D16: a kernel that was declared dead is never answered again, and never told an error. */
class CondemnedTest {
    private static final long L1 = 0xffff888012345600L;
    private static final long L2 = 0xffff888012345700L;

    private final OneMachine machine = new OneMachine("boot-1", 1);

    private void resumed() {
        machine.construct(L1, "4096 clustered-core 1024 nosync");
        machine.ask(L1, RequestType.RESUME);
        machine.ask(L1, RequestType.MARK_REGION, 3);
        assertEquals(Reply.done(), machine.ask(L1, RequestType.FLUSH));
    }

    private void dies() {
        machine.logs.compute(OneMachine.UUID,
                (uuid, log) -> log.after(new Commit(List.of(new LogEvent.Died("boot-1")))));
    }

    @Test
    void d16ShouldFallSilentWhenALogSaysThatThisKernelIsDead() {
        resumed();
        dies();

        machine.ask(L1, RequestType.MARK_REGION, 1);
        assertNull(machine.ask(L1, RequestType.FLUSH), "a round, which is refused");

        for (RequestType type
                : List.of(RequestType.IN_SYNC, RequestType.MARK_REGION, RequestType.IS_REMOTE_RECOVERING)) {
            assertNull(machine.ask(L1, type, 3), type.toString());
        }
        for (RequestType type : List.of(RequestType.FLUSH, RequestType.RESUME, RequestType.PRESUSPEND,
                RequestType.POSTSUSPEND, RequestType.GET_SYNC_COUNT, RequestType.STATUS_INFO, RequestType.DTR)) {
            assertNull(machine.ask(L1, type), type.toString());
            assertNull(machine.ask(L2, type), type + " of a table that is unknown");
        }
        assertNull(machine.construct(L2, "4096 clustered-core 1024"));
        assertTrue(machine.instances.isCondemned());
        assertEquals(1, machine.warnings.stream().filter("declared dead"::equals).count(), machine.warnings.toString());
    }

    @Test
    void d16ShouldAskNothingMoreOfAnyLog() {
        resumed();
        dies();
        machine.ask(L1, RequestType.MARK_REGION, 1);
        machine.ask(L1, RequestType.FLUSH);
        int before = machine.sent.size();

        machine.pass(60_000);

        assertEquals(before, machine.sent.size());
    }

    @Test
    void d16ShouldKeepWhatTheRecordHolds() {
        resumed();
        Memory before = machine.records.get(new InstanceKey(OneMachine.UUID, L1)).memory();

        machine.instances.condemn();

        assertNull(machine.ask(L1, RequestType.FLUSH));
        assertEquals(before, machine.records.get(new InstanceKey(OneMachine.UUID, L1)).memory());
    }
}
