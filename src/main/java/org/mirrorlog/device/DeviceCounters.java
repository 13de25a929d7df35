package org.mirrorlog.device;

/**
 * What a log device has done since it was opened.
 *
 * @param writes write calls, failed ones included
 * @param flushes cache flushes, failed ones included
 * @param writtenBytes bytes that the device took
 * @param repairedBlocks blocks that read-back found different and rewrote
 */
public record DeviceCounters(long writes, long flushes, long writtenBytes, long repairedBlocks) { }
