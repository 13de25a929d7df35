package org.mirrorlog.management;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;

/**
 * One log as JSON shows it; the component names are the field names of {@code GET /mirrorlog/logs}.
 *
 * @param uuid the log's name, as the table line gave it
 * @param type {@code clustered-core} or {@code clustered-disk}
 * @param regionSize sectors of 512 bytes in a region
 * @param regionCount number of regions
 * @param inSync how many regions are in sync; null for a silent log
 * @param dirty how many regions are not clean; null for a silent log
 * @param recovering the region assigned for resync now, or null
 * @param owner name of the node that runs the log's entity, or null while that is not known; of a silent log the last
 *     one that was heard of
 * @param logDevice the log device, or null for a core log
 * @param instances the kernel tables that use the log; of a silent log those of this machine
 * @param silent null, and then not in the JSON, for a log that answers
 */
public record LogView(String uuid, String type, long regionSize, long regionCount, Long inSync, Long dirty,
        Long recovering, String owner, DeviceView logDevice, List<InstanceView> instances,
        @JsonInclude(JsonInclude.Include.NON_NULL) Silence silent) {

    /**
     * Its owner does not answer: what only the owner knows is not known now.
     *
     * @param since when the first question was asked that has had no answer, as ISO 8601 in UTC
     * @param why what is known of the reason, for people
     */
    public record Silence(String since, String why) {
        /** Checks that both are given. */
        public Silence {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(why, "why");
        }
    }

    /** A log that answers. */
    public LogView(String uuid, String type, long regionSize, long regionCount, long inSync, long dirty,
            Long recovering, String owner, DeviceView logDevice, List<InstanceView> instances) {
        this(uuid, type, regionSize, regionCount, (Long) inSync, (Long) dirty, recovering, owner, logDevice, instances,
                null);
    }

    /** Checks what JSON must always carry. */
    public LogView {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(type, "type");
        instances = List.copyOf(instances);
    }
}
