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
 * @param trouble what its owner has thrown on this node of late; null, and then not in the JSON, if nothing
 * @param resync how fast; null, and then not in the JSON, where all is in sync, or it was not looked at twice
 * @param flushes of this machine's kernel; null, and then not in the JSON, if it has asked for none
 */
public record LogView(String uuid, String type, long regionSize, long regionCount, Long inSync, Long dirty,
        Long recovering, String owner, DeviceView logDevice, List<InstanceView> instances,
        @JsonInclude(JsonInclude.Include.NON_NULL) Silence silent,
        @JsonInclude(JsonInclude.Include.NON_NULL) Trouble trouble,
        @JsonInclude(JsonInclude.Include.NON_NULL) Resync resync,
        @JsonInclude(JsonInclude.Include.NON_NULL) Flushes flushes) {

    /**
     * Regions are out of sync, and how fast that is changing.
     *
     * @param bytesPerSecond over the last ten seconds or more
     * @param secondsLeft if it goes on like that; null: it does not move
     */
    public record Resync(long bytesPerSecond, Long secondsLeft) { }

    /**
     * What its writers wait for: FLUSHes, from the moment at which the daemon has read one until its answer is sent.
     *
     * @param count since the daemon started, or the log was first used here after that
     * @param p50Seconds half of those of the last one to two minutes took no longer; null, and then not in the JSON, if
     *     there were none
     * @param p99Seconds of a hundred all but one; likewise
     */
    public record Flushes(long count, @JsonInclude(JsonInclude.Include.NON_NULL) Double p50Seconds,
            @JsonInclude(JsonInclude.Include.NON_NULL) Double p99Seconds) { }

    /**
     * Its owner throws, or did so within the last minute: what it could not do is held, and tried again.
     *
     * @param why the last that was thrown, for people
     * @param since when the first was, as ISO 8601 in UTC
     * @param count how many times since then
     */
    public record Trouble(String why, String since, long count) {
        /** Checks that both are given. */
        public Trouble {
            Objects.requireNonNull(why, "why");
            Objects.requireNonNull(since, "since");
        }
    }

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

    /** One whose owner is silent, or not. */
    public LogView(String uuid, String type, long regionSize, long regionCount, Long inSync, Long dirty,
            Long recovering, String owner, DeviceView logDevice, List<InstanceView> instances, Silence silent) {
        this(uuid, type, regionSize, regionCount, inSync, dirty, recovering, owner, logDevice, instances, silent,
                null, null, null);
    }

    /** The same log, with that trouble; null: none. */
    public LogView in(Trouble its) {
        return new LogView(uuid, type, regionSize, regionCount, inSync, dirty, recovering, owner, logDevice, instances,
                silent, its, resync, flushes);
    }

    /** The same log, resynced so fast; null: not, or not known. */
    public LogView at(Resync speed) {
        return new LogView(uuid, type, regionSize, regionCount, inSync, dirty, recovering, owner, logDevice, instances,
                silent, trouble, speed, flushes);
    }

    /** The same log, with those; null: none. */
    public LogView with(Flushes its) {
        return new LogView(uuid, type, regionSize, regionCount, inSync, dirty, recovering, owner, logDevice, instances,
                silent, trouble, resync, its);
    }

    /** Checks what JSON must always carry. */
    public LogView {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(type, "type");
        instances = List.copyOf(instances);
    }
}
