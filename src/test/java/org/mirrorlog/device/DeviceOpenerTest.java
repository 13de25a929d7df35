package org.mirrorlog.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceOpenerTest {
    @TempDir
    Path directory;

    @Test
    void shouldRefuseWhatIsNoBlockDeviceWithTheRightNumber() throws IOException {
        Path file = Files.write(directory.resolve("image"), new byte[4096]);

        assertEquals(2, refusal(directory.resolve("missing").toString()).errno());
        assertEquals(22, refusal(file.toString()).errno());
        assertEquals(22, refusal("/dev/null").errno());
        assertEquals(22, refusal("/").errno());
        assertEquals(20, refusal(file + "/x").errno());
    }

    @Test
    void shouldRefuseWhatIsNeitherNumberNorPath() {
        for (String junk : List.of("", "254", "254:", ":3", "-1:3", "254:3:1", "sda", "0x7:0", "4096:0", "7:1048576",
                "a\0b", "/a\0b", "9999999999:0")) {
            assertEquals(22, refusal(junk).errno(), junk);
        }
    }

    @Test
    void shouldSayWhatWhereAndWhatIsAllowed() {
        String allowed = "; allowed: major:minor or the absolute path of an existing block device";
        assertEquals("log device /dev/null: is a character device" + allowed, refusal("/dev/null").getMessage());
        DeviceRefused unknown = refusal("4095:1048575");
        assertEquals(2, unknown.errno());
        assertEquals("log device 4095:1048575: no block device has this number" + allowed, unknown.getMessage());
    }

    @Test
    void shouldLeaveNoNodeBehindWhenNoneCanBeMadeOrOpened() throws IOException {
        DeviceOpener withoutSysAndDev =
                new DeviceOpener(directory.resolve("no-sys"), directory.resolve("no-dev"), List.of(directory));

        assertThrows(DeviceRefused.class, () -> withoutSysAndDev.open("4095:1048575", false));

        try (var left = Files.list(directory)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void shouldAcceptAnImageFileOnlyWhenTold() throws IOException {
        Path image = Files.write(directory.resolve("image"), GoldenLogsTest.resource("disk.6-dirty-3-9-63-64.bin"));

        assertEquals(22, assertThrows(DeviceRefused.class, () -> LogDevice.open(image.toString(), 66)).errno());
        try (LogDevice device = LogDevice.open(image.toString(), 66, true)) {
            assertEquals(new DeviceInfo(image.toString(), 0, 0, 512), device.info());
            assertEquals("0:0", device.info().number());
            assertInstanceOf(Contents.Readable.class, device.read());
            device.format(Regions.allClean(66), Regions.ACTIVE);
        }
        assertEquals(8192, Files.size(image));
        assertEquals(3, Files.readAllBytes(image)[1024 + 8]);
    }

    @Test
    void shouldRefuseAnImageFileThatIsTooSmall() throws IOException {
        Path image = Files.write(directory.resolve("image"), new byte[1535]);

        assertEquals(22, assertThrows(DeviceRefused.class, () -> LogDevice.open(image.toString(), 1, true)).errno());
    }

    private static DeviceRefused refusal(String device) {
        return assertThrows(DeviceRefused.class, () -> LogDevice.open(device, 66));
    }
}
