package org.mirrorlog.instance;

import org.mirrorlog.log.Round;
import org.mirrorlog.protocol.LogSpec;

/** What instances need done outside of them. No method blocks; results come back through {@link Instances}. */
public interface InstanceEnvironment {
    /** Sends a round to the owner of its log; it may get lost, it is sent again. */
    void send(Round round);

    /** Opens the log device; {@link Instances#onDeviceOpened} or {@link Instances#onDeviceRefused} follows. */
    void openDevice(InstanceKey key, LogSpec spec);

    /**
     * As {@link #openDevice}, for a table that runs: what the machine lacks just now is waited for. Answered alike,
     * perhaps late.
     */
    default void reopenDevice(InstanceKey key, LogSpec spec) {
        openDevice(key, spec);
    }

    /**
     * Closes the log device of a destroyed instance, if it has one open (D20); {@link Instances#onDeviceClosed} follows
     * in any case, within a bound also where the device does not answer.
     */
    void closeDevice(InstanceKey key);

    /**
     * Wakes the kernel's worker, so that it asks for work: reads something of the mirror. Does nothing where there is
     * no way to do so; losing it costs time only.
     */
    default void wake(InstanceKey key) {
        // A kernel out of reach is woken by its users.
    }

    /**
     * Has the mirror suspended and resumed by somebody who resumes it whatever becomes of this daemon (D22). Does
     * nothing where that is under way, or not to be done; the owner asks again.
     */
    default void reactivate(InstanceKey key) {
        // A kernel out of reach is suspended and resumed by its users.
    }

    /**
     * A table threw, and is left alone for a while; told each time, {@link #warn} has what an operator needs. For what
     * only who wrote this program can tell.
     */
    default void threw(InstanceKey key, Throwable cause) {
        // Most causes are failed calls of a disk, which say it all.
    }

    /** One line per incident for the operator. */
    void warn(InstanceKey key, String incident);

    /** This kernel was declared dead (D16): told once, when the first log says so. Nothing is answered any more. */
    void condemned(InstanceKey key);
}
