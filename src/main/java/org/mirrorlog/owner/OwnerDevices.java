package org.mirrorlog.owner;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.device.Contents;
import org.mirrorlog.device.PrivateHeader;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;

/**
 * The log devices of this machine's tables, as owners use them (D20). Nothing here blocks; what is done to one device
 * is done in the order asked, and results may arrive on any thread. A device that is not open here is neither written
 * nor failed ({@link DeviceOutcome.Unknown}).
 */
public interface OwnerDevices {
    /** How far this machine has got with the device of an instance. */
    DeviceStatus status(String uuid, InstanceId instance);

    /** Whether this instance has its device open here; that it has failed since makes no difference. */
    default boolean has(String uuid, InstanceId instance) {
        return status(uuid, instance).isOpen();
    }

    /** Whether a read-back may begin: not on a device that has something to do, nor on one that was late just now. */
    boolean isQuiet(String uuid, InstanceId instance);

    /** Has this called whenever a device of this log was opened, refused or closed; on any thread. */
    void watch(String uuid, Runnable watcher);

    /** Not called any more. */
    void unwatch(String uuid, Runnable watcher);

    /**
     * Reads the device; empty if it is not open here: then nothing can be said of it, not even that it is unreadable.
     */
    CompletionStage<Optional<Contents>> read(String uuid, InstanceId instance);

    /** Takes the log over: header and whole bitmap, flushed (D20). */
    CompletionStage<DeviceOutcome> format(String uuid, InstanceId instance, Bits bits, PrivateHeader header);

    /** Writes the blocks of the changed regions; flushed if any of them turned dirty. */
    CompletionStage<DeviceOutcome> update(String uuid, InstanceId instance, Bits bits, Change change);

    /** The last session ended: repairs what a predecessor may have written late, then says "not in use" (D20, D21). */
    CompletionStage<DeviceOutcome> settle(String uuid, InstanceId instance, Bits bits, PrivateHeader header);

    /** Reads the whole log back while it is in use, and repairs what a predecessor may have written late (D20). */
    CompletionStage<DeviceOutcome> repair(String uuid, InstanceId instance, Bits bits);

    /**
     * What a device is to say.
     *
     * @param dirty regions; all others are clean
     * @param regionCount of the log
     */
    record Bits(RegionSet dirty, long regionCount) { }

    /**
     * What is written of it.
     *
     * @param regions whose bits have changed
     * @param mustFlush whether the write has to be safe before it counts
     */
    record Change(RegionSet regions, boolean mustFlush) { }
}
