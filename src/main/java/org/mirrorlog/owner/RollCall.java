package org.mirrorlog.owner;

/**
 * The owner of an adopted log asks every node whether its kernel has a table of that log. Those that know that it has
 * none say so with {@link OwnerCommand.NoTable}; the others are silent.
 *
 * @param uuid of the log
 * @param adoptedAt number of the adoption
 */
public record RollCall(String uuid, long adoptedAt) { }
