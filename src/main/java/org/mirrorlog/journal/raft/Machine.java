package org.mirrorlog.journal.raft;

/** What committed entries are applied to; called by the engine on its turn. Whatever it throws ends the member. */
public interface Machine {

    /** Applies a committed command. */
    Outcome apply(long index, byte[] command);

    /** An entry without a command was committed. */
    void skip(long index);

    /** Everything that was applied, as bytes: the same on every member that has applied the same entries. */
    byte[] checkpoint();

    /** Replaces everything by a checkpoint. */
    void replace(byte[] checkpoint);

    /** About as many bytes as a checkpoint would take. */
    long checkpointBytes();
}
