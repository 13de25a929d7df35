package org.mirrorlog.kernelguest;

import java.util.ArrayList;
import java.util.List;

/**
 * A mirror's table line, as an administrator types it.
 *
 * @param type {@code clustered-core} and {@code clustered-disk} for our log, {@code core} and {@code disk} for the
 * kernel's
 * @param logDevice the log device's path; null for the types without one
 * @param sync {@code sync}, {@code nosync}, or empty for neither
 */
record MirrorTable(String uuid, String type, boolean integratedFlush, String logDevice, String sync,
        Geometry geometry, List<String> legs) {

    /** Size of the mirror and of its regions, in sectors of 512 bytes. */
    record Geometry(long sectors, int regionSectors) {
        static final int SECTOR = 512;

        int regions() {
            return Math.toIntExact((sectors + regionSectors - 1) / regionSectors);
        }

        long bytes() {
            return sectors * SECTOR;
        }

        long regionBytes() {
            return (long) regionSectors * SECTOR;
        }

        /** Sectors of that region; the last one may be short. */
        long sectorsOf(int region) {
            return Math.min(regionSectors, sectors - (long) region * regionSectors);
        }
    }

    boolean hasDisk() {
        return type.endsWith("disk");
    }

    boolean isOurs() {
        return type.startsWith("clustered");
    }

    /** The same mirror on another log type; for our disk log and the kernel's, which share the layout. */
    MirrorTable withType(String otherType) {
        return new MirrorTable(uuid, otherType, integratedFlush, logDevice, sync, geometry, legs);
    }

    MirrorTable withSync(String otherSync) {
        return new MirrorTable(uuid, type, integratedFlush, logDevice, otherSync, geometry, legs);
    }

    MirrorTable withLegs(List<String> otherLegs) {
        return new MirrorTable(uuid, type, integratedFlush, logDevice, sync, geometry, otherLegs);
    }

    String line() {
        List<String> arguments = new ArrayList<>();
        if (isOurs()) {
            arguments.add(uuid);
            if (integratedFlush) {
                arguments.add("integrated_flush");
            }
            arguments.add(type);
        }
        if (hasDisk()) {
            arguments.add(logDevice);
        }
        arguments.add(Integer.toString(geometry.regionSectors()));
        if (!sync.isEmpty()) {
            arguments.add(sync);
        }
        StringBuilder line = new StringBuilder("0 ").append(geometry.sectors()).append(" mirror ")
                .append(isOurs() ? "userspace" : type).append(' ').append(arguments.size()).append(' ')
                .append(String.join(" ", arguments)).append(' ').append(legs.size());
        legs.forEach(leg -> line.append(' ').append(leg).append(" 0"));
        return line.append(" 1 handle_errors").toString();
    }
}
