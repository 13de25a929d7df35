package org.mirrorlog.instance;

/**
 * Where an instance's memory survives a crash of the daemon, though not of the machine: a new boot id voids it. One
 * thread at a time.
 */
public interface InstanceRecord {
    /** Makes the change survive {@code kill -9}; returns after it does. Throws UncheckedIOException if it cannot. */
    void append(RecordChange change);

    /** The table is gone: so is the record. */
    void destroy();

    /** The daemon stops; the record stays. */
    void close();

    /** Creates records. */
    interface Store {
        /** A record for a table that is new here; an older one of the same key is replaced. */
        InstanceRecord create(InstanceKey key, String constructor, Memory memory);
    }
}
