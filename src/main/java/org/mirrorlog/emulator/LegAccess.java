package org.mirrorlog.emulator;

import java.util.Optional;

/** Issues reads, writes and copies of one mirror's legs, and takes their outcomes back to the mirror. */
final class LegAccess {
    private static final int SECTOR_BYTES = 512;

    private final EmulatedMachine machine;
    private final EmulatedMirror mirror;
    private final Legs legs;
    private final LegHealth health;

    LegAccess(EmulatedMachine machine, EmulatedMirror mirror, Legs legs, LegHealth health) {
        this.machine = machine;
        this.mirror = mirror;
        this.legs = legs;
        this.health = health;
    }

    /** Writes to every leg, each at a moment of its own. */
    void writeAllLegs(Bio bio) {
        boolean[] isFailed = new boolean[legs.count()];
        int[] remaining = {legs.count()};
        for (int i = 0; i < legs.count(); i++) {
            int leg = i;
            issue(LegIo.Kind.WRITE, mirror.region(bio), leg, () -> {
                isFailed[leg] = !legs.write(leg, bio.offsetBytes(), bio.data());
                remaining[0]--;
                if (remaining[0] == 0) {
                    written(bio, isFailed);
                }
            });
        }
    }

    private void written(Bio bio, boolean[] isFailed) {
        boolean isAnyFailed = false;
        for (int leg = 0; leg < isFailed.length; leg++) {
            if (isFailed[leg]) {
                isAnyFailed = true;
                health.fail(leg, LegHealth.Fault.WRITE);
            }
        }
        if (isAnyFailed) {
            mirror.writeFailed(bio);
        } else {
            mirror.endWrite(bio, true);
        }
    }

    /** Writes to the default leg alone. */
    void writeDefaultLeg(Bio bio) {
        int leg = health.defaultLeg();
        issue(LegIo.Kind.WRITE, mirror.region(bio), leg,
                () -> mirror.endWrite(bio, legs.write(leg, bio.offsetBytes(), bio.data())));
    }

    void read(Bio bio, int leg) {
        issue(LegIo.Kind.READ, mirror.region(bio), leg, () -> {
            Optional<byte[]> data = legs.read(leg, bio.offsetBytes(), bio.lengthBytes());
            if (data.isPresent()) {
                bio.setData(data.get());
                mirror.endRead(bio, true);
                return;
            }
            health.fail(leg, LegHealth.Fault.READ);
            if (health.legToRead() >= 0) {
                mirror.map(bio);
            } else {
                mirror.endRead(bio, false);
            }
        });
    }

    /** Copies a region from the default leg to all others: a read, then a write of each. */
    void copy(RegionHash.Entry entry) {
        int source = health.defaultLeg();
        long offsetBytes = entry.region() * mirror.regionSizeBytes();
        int lengthBytes = (int) Math.min(mirror.regionSizeBytes(),
                mirror.table().lengthSectors() * SECTOR_BYTES - offsetBytes);
        issue(LegIo.Kind.COPY_READ, entry.region(), source, () -> {
            Optional<byte[]> data = legs.read(source, offsetBytes, lengthBytes);
            if (data.isEmpty()) {
                health.fail(health.defaultLeg(), LegHealth.Fault.SYNC);
                mirror.copied(entry, false);
                return;
            }
            int[] remaining = {legs.count() - 1};
            boolean[] isFailed = {false};
            for (int i = 0; i < legs.count(); i++) {
                if (i != source) {
                    copyTo(i, entry, offsetBytes, data.get(), remaining, isFailed);
                }
            }
        });
    }

    private void copyTo(int leg, RegionHash.Entry entry, long offsetBytes, byte[] data, int[] remaining,
            boolean[] isFailed) {
        issue(LegIo.Kind.COPY_WRITE, entry.region(), leg, () -> {
            if (!legs.write(leg, offsetBytes, data)) {
                health.fail(leg, LegHealth.Fault.SYNC);
                isFailed[0] = true;
            }
            remaining[0]--;
            if (remaining[0] == 0) {
                mirror.copied(entry, !isFailed[0]);
            }
        });
    }

    private void issue(LegIo.Kind kind, long region, int leg, Runnable action) {
        machine.issue(new LegIo(kind, mirror.table().uuid(), region, leg, action));
    }
}
