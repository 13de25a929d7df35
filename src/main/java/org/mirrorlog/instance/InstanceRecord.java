package org.mirrorlog.instance;

import java.io.IOException;

/**
 * Where an instance's memory survives a crash of the daemon, though not of the machine: a new boot id voids it. One
 * thread at a time.
 */
public interface InstanceRecord {
    /**
     * Makes the change survive {@code kill -9}; returns after it does. If it throws, nobody knows whether the change is
     * stored: {@link #readAnew} tells.
     */
    void append(RecordChange change);

    /**
     * What is stored, as after a restart of the daemon.
     *
     * @throws java.nio.file.NoSuchFileException there is no record any more
     * @throws IOException it cannot be read now
     * @throws IllegalArgumentException it is damaged
     */
    Memory readAnew() throws IOException;

    /** The table is gone: so is the record. */
    void destroy();

    /** The daemon stops; the record stays. */
    void close();

    /** Creates records. */
    interface Store {
        /**
         * A record for a table that is new here, with all the room that it will ever need; an older one of the same key
         * is replaced. Throws UncheckedIOException if there is no room.
         */
        InstanceRecord create(InstanceKey key, String constructor, Memory memory);

        /** What this machine has heard of each log. */
        default HeardNumbers heard() {
            return HeardNumbers.NONE;
        }
    }
}
