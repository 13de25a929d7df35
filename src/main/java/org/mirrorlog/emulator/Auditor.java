package org.mirrorlog.emulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.mirrorlog.emulator.AuditReport.Difference;

/** Compares legs: they must be equal wherever the log says "in sync" and nothing is under way. */
public final class Auditor {
    private static final int MAX_DIFFERENCES = 100;
    private static final long SECTOR_BYTES = 512;

    private Auditor() { }

    /**
     * Looks at every region.
     *
     * @param legs the disks; a leg that fails to read is left out
     * @param lengthSectors length of the mirror
     * @param regionSizeSectors size of a region
     * @param isInSync what the log says of a region
     * @param isBusy whether any machine may have a write or copy under way in a region; see {@link #isBusy}
     */
    public static AuditReport compare(Legs legs, long lengthSectors, long regionSizeSectors, LongPredicate isInSync,
                                      LongPredicate isBusy) {
        long regionBytes = regionSizeSectors * SECTOR_BYTES;
        long count = (lengthSectors - 1) / regionSizeSectors + 1;
        long compared = 0;
        long unsynced = 0;
        long busy = 0;
        long found = 0;
        List<Difference> differences = new ArrayList<>();
        for (long region = 0; region < count; region++) {
            if (!isInSync.test(region)) {
                unsynced++;
            } else if (isBusy.test(region)) {
                busy++;
            } else {
                compared++;
                long offset = region * regionBytes;
                int length = (int) Math.min(regionBytes, lengthSectors * SECTOR_BYTES - offset);
                Optional<Difference> difference = compareRegion(legs, region, offset, length);
                if (difference.isPresent()) {
                    found++;
                    if (differences.size() < MAX_DIFFERENCES) {
                        differences.add(difference.get());
                    }
                }
            }
        }
        return new AuditReport(compared, unsynced, busy, List.copyOf(differences), found);
    }

    private static Optional<Difference> compareRegion(Legs legs, long region, long offsetBytes, int lengthBytes) {
        Optional<byte[]> first = Optional.empty();
        for (int leg = 0; leg < legs.count(); leg++) {
            Optional<byte[]> data = legs.read(leg, offsetBytes, lengthBytes);
            if (first.isEmpty()) {
                first = data;
            } else if (data.isPresent()) {
                int at = Arrays.mismatch(first.get(), data.get());
                if (at >= 0) {
                    return Optional.of(new Difference(region, leg, offsetBytes + at));
                }
            }
        }
        return Optional.empty();
    }

    /** Whether one of these machines may have something under way in the region of that log. */
    public static boolean isBusy(Iterable<EmulatedMachine> machines, String uuid, long region) {
        for (EmulatedMachine machine : machines) {
            for (LegIo io : machine.legIo()) {
                if (io.region() == region && io.uuid().equals(uuid) && io.kind() != LegIo.Kind.READ) {
                    return true;
                }
            }
            for (EmulatedDevice device : machine.devices()) {
                Optional<EmulatedMirror> mirror = device.active().filter(active -> active.table().uuid().equals(uuid));
                if (mirror.isPresent() && mirror.get().isWriting(region)) {
                    return true;
                }
            }
        }
        return false;
    }
}
