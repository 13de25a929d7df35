package org.mirrorlog.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.health.Concern;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.Phase;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.owner.DeviceStatus;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.protocol.ConstructorString;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.RequestType;

/** What is wrong with tables and their devices. */
class TableHealthTest {
    private static final LogSpec DISK = ((ConstructorString.Parsed) ConstructorString.parse(
            "10240 clustered-disk 254:3 1024".getBytes())).spec();

    private LogDevices.Look look = new LogDevices.Look(DeviceStatus.OPEN, 0);

    private List<Concern> wrong(Optional<String> trouble, boolean isExposed, List<TableView.Waiting> waiting) {
        return new TableHealth((uuid, luid) -> look).of(List.of(new TableView(new InstanceKey("a", 7), DISK,
                Phase.ACTIVE, 0, 0, trouble, isExposed, waiting)));
    }

    @Test
    void shouldBeWellWhileNobodyWaitsForLong() {
        long notLong = TableHealth.HELD_AFTER.toMillis() - 1;

        assertEquals(List.of(), wrong(Optional.empty(), false,
                List.of(new TableView.Waiting(RequestType.FLUSH, notLong, "the owner is asked"))));
    }

    @Test
    void shouldTellWhoWaitsLongestAndWhy() {
        assertEquals(List.of(new Concern(HealthCode.MIRROR_LOG_HELD, "log a/7", "FLUSH waits for 9 s: held: no"),
                new Concern(HealthCode.RECORD_LOST, "log a/7", "until it is suspended")),
                wrong(Optional.empty(), true, List.of(new TableView.Waiting(RequestType.FLUSH, 9_100, "held: no"),
                        new TableView.Waiting(RequestType.RESUME, 8_000, "held: no"))));
        assertEquals(List.of(new Concern(HealthCode.MIRROR_LOG_HELD, "log a/7", "it is not served: disk full")),
                wrong(Optional.of("disk full"), false, List.of(new TableView.Waiting(RequestType.FLUSH, 1, ""))));
    }

    @Test
    void shouldTellOfADeviceThatIsLateOrHasFailed() {
        look = new LogDevices.Look(DeviceStatus.OPEN, 6_500);
        assertEquals(List.of(new Concern(HealthCode.LOG_DEVICE_SLOW, "log a",
                "the log device 254:3 has not answered for 6 s")), wrong(Optional.empty(), false, List.of()));
        look = new LogDevices.Look(DeviceStatus.FAILED, 0);
        assertEquals(List.of(new Concern(HealthCode.LOG_DEVICE_FAILED, "log a",
                "the log device 254:3 is failed on this machine")), wrong(Optional.empty(), false, List.of()));
    }
}
