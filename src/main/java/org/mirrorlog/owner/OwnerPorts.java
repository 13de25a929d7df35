package org.mirrorlog.owner;

/**
 * What an owner finds around it.
 *
 * @param devices open on this node
 * @param deaths that this node has heard of
 * @param placement who places it
 * @param backoff of this log on this node, the same for one owner after the other
 * @param heads of the journal
 * @param hearsay of the log, beside its history
 */
public record OwnerPorts(OwnerDevices devices, DeathList deaths, Placement placement, OwnerBackoff backoff, Heads heads,
        Hearsay hearsay) {
    /** Over a journal that does not tell its heads: no device is ever read back. */
    public OwnerPorts(OwnerDevices devices, DeathList deaths, Placement placement, OwnerBackoff backoff) {
        this(devices, deaths, placement, backoff, Heads.UNKNOWN, Hearsay.NONE);
    }
}
