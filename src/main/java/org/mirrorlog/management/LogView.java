package org.mirrorlog.management;

import java.util.List;
import java.util.Objects;

/**
 * One log as JSON shows it; the component names are the field names of {@code GET /mirrorlog/logs}.
 *
 * @param uuid the log's name, as the table line gave it
 * @param type {@code clustered-core} or {@code clustered-disk}
 * @param regionSize sectors of 512 bytes in a region
 * @param regionCount number of regions
 * @param inSync how many regions are in sync
 * @param dirty how many regions are not clean
 * @param recovering the region assigned for resync now, or null
 * @param owner name of the node that runs the log's entity, or null while that is not known
 * @param logDevice the log device, or null for a core log
 * @param instances the kernel tables that use the log
 */
public record LogView(String uuid, String type, long regionSize, long regionCount, long inSync, long dirty,
        Long recovering, String owner, DeviceView logDevice, List<InstanceView> instances) {

    /** Checks what JSON must always carry. */
    public LogView {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(type, "type");
        instances = List.copyOf(instances);
    }
}
