package org.mirrorlog.owner;

/**
 * What an owner finds around it.
 *
 * @param devices open on this node
 * @param deaths that this node has heard of
 * @param movers who places it
 * @param retreat of this log on this node, the same for one owner after the other
 * @param heads of the journal
 * @param hearsay of the log, beside its history
 */
public record OwnerSurroundings(LogDevices devices, DeathList deaths, Movers movers, Retreat retreat, Heads heads,
        Hearsay hearsay) {
    /** Over a journal that does not tell its heads: no device is ever read back. */
    public OwnerSurroundings(LogDevices devices, DeathList deaths, Movers movers, Retreat retreat) {
        this(devices, deaths, movers, retreat, Heads.UNKNOWN, Hearsay.NONE);
    }
}
