package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** What FLUSH says while the log device is failed. */
class FailedDeviceTest {
    private static final long LUID = 0x77;

    private final OneMachine machine = new OneMachine("boot-1", 1);

    /** S2, S22, H7: the mark of the failed FLUSH is still not safe when the next FLUSH comes. */
    @Test
    void shouldFailEveryFlushThatWouldVouchForAMark() {
        machine.construct(LUID, "65536 clustered-core 1024 nosync");
        assertEquals(Reply.done(), machine.ask(LUID, RequestType.RESUME));
        LogState log = machine.log();
        machine.logs.put(OneMachine.UUID, log.after(new Commit(List.of(
                new LogEvent.DeviceFailed(machine.id(LUID), DeviceHealth.WRITE_FAILED)))));

        machine.ask(LUID, RequestType.MARK_REGION, 3);
        assertEquals(Reply.failure(Errno.EIO), machine.ask(LUID, RequestType.FLUSH));
        assertEquals(Reply.failure(Errno.EIO), machine.ask(LUID, RequestType.FLUSH));
    }
}
