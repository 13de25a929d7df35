package org.mirrorlog.emulator;

/** What the kernel remembers of a region that it has an entry for. */
public enum RegionState {
    /** In sync, no write in flight; the entry goes at the next pass of the worker, with a CLEAR. */
    CLEAN,
    /** In sync and marked: further writes go out without a question (K3). */
    DIRTY,
    /**
     * Not in sync when the entry was made, or a leg failed since: writes go to the default leg alone, unmarked (K2).
     */
    NOSYNC,
    /** This machine is about to copy it, or copies it; writes wait (K4). */
    RECOVERING
}
