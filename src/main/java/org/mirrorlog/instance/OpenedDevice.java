package org.mirrorlog.instance;

/**
 * The log device as CTR opened it.
 *
 * @param major of the block device
 * @param minor of the block device
 */
public record OpenedDevice(int major, int minor) {
}
