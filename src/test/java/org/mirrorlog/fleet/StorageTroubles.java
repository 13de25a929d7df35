package org.mirrorlog.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What a disk may do to a fleet that has {@link Disks}; the strikes of {@link Trouble}. */
final class StorageTroubles {
    /** The daemon's own suffix of the records of kernel tables. */
    private static final String RECORD = ".record";

    /** After so long a device is said not to answer. */
    private static final long LATE_MS = 5_000;
    /** Others work with the device again before the former owner goes on. */
    private static final long AFTERWARDS_MS = 2_000;

    private StorageTroubles() {
    }

    static void fillDataDisk(Fleet fleet) {
        int owner = fleet.owner();
        FleetNode node = fleet.node(owner);
        fleet.giveUpMarks();
        fleet.disks().fill(node.dataDir());
        fleet.write(Trouble.LANES);
        fleet.awaitWrites(Trouble.SOME);
        node.kill();
        fleet.awaitWrites(Trouble.SOME, Trouble.allBut(fleet, owner));
        node.start();
        fleet.awaitWrites(Trouble.SOME);
        fleet.disks().makeRoom(node.dataDir());
    }

    /**
     * What the file system had not written is gone: a record of before says what is not true any more, so that it must
     * go as well, as docs/operations.md says. Then the log takes every region for written, until all have resumed.
     */
    static void breakDataDisk(Fleet fleet, Duration length) throws IOException {
        int victim = fleet.other(fleet.owner());
        FleetNode node = fleet.node(victim);
        fleet.giveUpMarks();
        fleet.disks().turnReadOnly(node.dataDir());
        fleet.write(Trouble.LANES);
        fleet.awaitWrites(Trouble.SOME, Trouble.allBut(fleet, victim));
        Waiting.pause(length.toMillis());
        node.kill();
        fleet.disks().mountAgain(node.dataDir());
        removeRecords(node.dataDir().resolve("instances"));
        node.start();
        fleet.awaitWrites(Trouble.SOME);
        fleet.stopWriting();
        fleet.reactivate();
        fleet.write(Trouble.LANES);
    }

    private static void removeRecords(Path instances) throws IOException {
        List<Path> records;
        try (Stream<Path> files = Files.list(instances)) {
            records = files.filter(file -> file.toString().endsWith(RECORD)).toList();
        }
        if (records.isEmpty()) {
            throw new AssertionError("no record of a table in " + instances);
        }
        for (Path record : records) {
            Files.delete(record);
        }
    }

    static void hangLogDevice(Fleet fleet, Duration length) {
        beginToHang(fleet);
        Waiting.pause(length.toMillis() - LATE_MS);
        fleet.disks().answer();
    }

    /** Until somebody says so. */
    private static void beginToHang(Fleet fleet) {
        fleet.giveUpMarks();
        FleetNode owner = fleet.node(fleet.owner());
        int from = owner.lines().size();
        fleet.disks().hangLogDevice();
        fleet.write(Trouble.LANES);
        fleet.await(owner.name() + " to say that the log device does not answer", () -> owner.lines().stream()
                .skip(from).anyMatch(line -> line.contains("has not answered for")));
    }

    static void pauseOwnerOfHangingDevice(Fleet fleet, Duration length) {
        FleetNode owner = fleet.node(fleet.owner());
        beginToHang(fleet);
        owner.freeze();
        Waiting.pause(length.toMillis() - LATE_MS - AFTERWARDS_MS);
        fleet.disks().answer();
        Waiting.pause(AFTERWARDS_MS);
        owner.thaw();
    }
}
