package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.device.DeviceCounters;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;

/** The open log devices of a machine, on one thread. */
class LogDevicesTest {
    private static final String UUID_OF_LOG = "LVM-devices";
    private static final int REGIONS = 64;

    @Test
    void shouldGoOnCountingWhatClosedDevicesDid(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("log");
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(1 << 16);
        }
        LogDevices devices = new LogDevices(Runnable::run, true);
        InstanceId instance = new InstanceId("boot", 1);

        devices.open(UUID_OF_LOG, instance, file.toString(), REGIONS).toCompletableFuture().join();
        Optional<?> failure = devices.format(UUID_OF_LOG, instance, RegionSet.empty(), REGIONS,
                new PrivateHeader(new UUID(1, 2), "test", true, 1)).toCompletableFuture().join();
        DeviceCounters whileOpen = devices.counters();
        devices.close(UUID_OF_LOG, instance);

        assertEquals(Optional.empty(), failure);
        assertTrue(whileOpen.writes() > 0 && whileOpen.flushes() > 0, whileOpen.toString());
        assertEquals(whileOpen, devices.counters());
    }
}
