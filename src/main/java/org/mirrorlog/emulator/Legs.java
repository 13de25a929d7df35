package org.mirrorlog.emulator;

import java.util.Optional;

/**
 * The copies of a mirrored device, numbered from 0. Several machines may share them, as they share real disks. A single
 * read or write is atomic here; what lies between two of them is for whoever drives the machines to arrange.
 */
public interface Legs {
    /** Number of legs, 2 or more. */
    int count();

    /** Size of each leg. */
    long sizeBytes();

    /** The bytes, or empty if the leg fails to read. */
    Optional<byte[]> read(int leg, long offsetBytes, int lengthBytes);

    /** Writes all bytes; false if the leg failed and nothing was written. */
    boolean write(int leg, long offsetBytes, byte[] data);
}
