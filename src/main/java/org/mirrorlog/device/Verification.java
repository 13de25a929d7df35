package org.mirrorlog.device;

/**
 * What reading back found.
 *
 * @param blocks blocks of the log
 * @param repairedBlocks blocks that somebody else had changed since we wrote them; rewritten and flushed
 * @param unreadableBlocks blocks that could not be read; rewritten blindly and flushed, not counted as repaired
 */
public record Verification(int blocks, int repairedBlocks, int unreadableBlocks) { }
