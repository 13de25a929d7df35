package org.mirrorlog.emulator;

/**
 * What the status ioctl tells.
 *
 * @param syncCount regions in sync; 0 also if the log did not answer
 * @param regionCount all regions
 * @param legLetters health of each leg: A alive, D write error, S sync error, R read error
 * @param logStatus what STATUS_INFO returned, or {@code userspace 1 COM_FAILURE}
 */
public record MirrorStatus(long syncCount, long regionCount, String legLetters, String logStatus) { }
