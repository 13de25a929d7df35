package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S24, with a tree of files in place of /sys. */
class DataPlaceTest {
    private static final String SERVED = "0 2048 mirror userspace 3 LVM-x clustered-core 1024 2 254:1 0 254:2 0";

    @TempDir
    private Path sys;

    @Test
    void shouldFindAServedMirrorBelowAVolume() throws IOException {
        Path mirror = device("254:3", "vg-mirror");
        below(device("254:9", "vg-data"), "254:3", mirror);

        assertEquals(Optional.of("vg-mirror"), place(Map.of("vg-mirror", SERVED, "vg-data", "0 8 linear 254:3 0"))
                .mirrorBelow("254:9"));
    }

    @Test
    void shouldFindAServedMirrorBelowAPartitionOfIt() throws IOException {
        Path mirror = device("254:3", "vg-mirror");
        Path partition = Files.createDirectories(mirror.resolve("part1"));
        Files.writeString(partition.resolve("partition"), "1\n");
        Files.createSymbolicLink(sys.resolve("259:1"), partition);

        assertEquals(Optional.of("vg-mirror"), place(Map.of("vg-mirror", SERVED)).mirrorBelow("259:1"));
    }

    @Test
    void shouldAcceptOtherMirrorsPlainDisksAndFileSystemsWithoutADevice() throws IOException {
        device("254:3", "vg-raid");
        Files.createDirectories(sys.resolve("8:0"));
        DataPlace place = place(Map.of("vg-raid", "0 2048 mirror core 1 1024 2 254:1 0 254:2 0"));

        assertEquals(Optional.empty(), place.mirrorBelow("254:3"));
        assertEquals(Optional.empty(), place.mirrorBelow("8:0"));
        assertEquals(Optional.empty(), place.mirrorBelow("0:45"));
    }

    @Test
    void shouldEndOnDevicesThatCarryEachOther() throws IOException {
        Path one = device("254:1", "one");
        Path two = device("254:2", "two");
        below(one, "254:2", two);
        below(two, "254:1", one);

        assertEquals(Optional.empty(), place(Map.of("one", "0 8 linear 254:2 0", "two", "0 8 linear 254:1 0"))
                .mirrorBelow("254:1"));
    }

    @Test
    void shouldNotTakeTheUnknownForNoMirror() throws IOException {
        device("254:1", "silent");

        assertThrows(IOException.class, () -> place(Map.of()).mirrorBelow("254:1"));
    }

    @Test
    void shouldNotTakeTheRestOfADeepStackForNoMirror() throws IOException {
        Path upper = device("254:0", "d0");
        Map<String, String> tables = new HashMap<>(Map.of("d0", "0 8 linear 254:1 0"));
        for (int i = 1; i <= 256; i++) {
            Path lower = device("254:" + i, "d" + i);
            tables.put("d" + i, i < 256 ? "0 8 linear 254:" + (i + 1) + " 0" : SERVED);
            below(upper, "254:" + i, lower);
            upper = lower;
        }

        assertThrows(IOException.class, () -> place(tables).mirrorBelow("254:0"));
    }

    @Test
    void shouldNameTheDeviceOfAFileAsTheKernelDoes() throws IOException {
        String device = DataPlace.deviceOf(sys);

        assertTrue(Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .anyMatch(line -> line.split(" ")[2].equals(device)), device);
    }

    /** It has a number of its own then, which says nothing of the disks below. */
    @Test
    void shouldFollowAFileSystemWithoutADeviceToWhatItIsMountedFrom() throws IOException {
        List<String> mounts = List.of(
                "22 1 0:20 / / rw - btrfs /dev/mapper/vg-root rw,subvol=/root",
                "30 22 254:7 / /srv rw,relatime shared:1 - ext4 /dev/mapper/vg-srv rw",
                "31 22 0:42 /@data /srv/a\\040mirror rw,relatime shared:2 master:3 - btrfs /dev/mapper/vg-mirror rw",
                "32 22 0:43 / /run rw - tmpfs tmpfs rw");

        assertEquals(Optional.of(Path.of("/dev/mapper/vg-mirror")),
                DataPlace.source(mounts, Path.of("/srv/a mirror/mirrorlog/data")));
        assertEquals(Optional.of(Path.of("/dev/mapper/vg-srv")), DataPlace.source(mounts, Path.of("/srv/a")));
        assertEquals(Optional.of(Path.of("/dev/mapper/vg-root")), DataPlace.source(mounts, Path.of("/var/lib")));
        assertEquals(Optional.empty(), DataPlace.source(mounts, Path.of("/run/mirrorlog")));
    }

    /** What is not there says nothing of what lies below. */
    @Test
    void shouldNotTakeAMissingDeviceForNoMirror() {
        assertThrows(IOException.class, () -> DataPlace.deviceOf(0x2a, Optional.of(sys.resolve("gone"))));
    }

    @Test
    void shouldNameTheDeviceThatAFileSystemWithoutOneIsMountedFrom() throws IOException {
        assertEquals("1:3", DataPlace.deviceOf(0x2a, Optional.of(Path.of("/dev/null"))), "by its own number");
        assertEquals("0:42", DataPlace.deviceOf(0x2a, Optional.empty()));
        assertEquals("254:3", DataPlace.deviceOf(0xfe03, Optional.of(Path.of("/dev/null"))));
    }

    private DataPlace place(Map<String, String> tables) {
        return new DataPlace(sys, name -> {
            if (!tables.containsKey(name)) {
                throw new IOException("no table of " + name);
            }
            return tables.get(name);
        });
    }

    private Path device(String number, String name) throws IOException {
        Path directory = Files.createDirectories(sys.resolve(number));
        Files.createDirectories(directory.resolve("dm"));
        Files.writeString(directory.resolve("dm/name"), name + "\n");
        return directory;
    }

    private static void below(Path upper, String name, Path lower) throws IOException {
        Files.createDirectories(upper.resolve("slaves"));
        Files.createSymbolicLink(upper.resolve("slaves").resolve(name), lower);
    }
}
