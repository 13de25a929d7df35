/**
 * The log device of a {@code clustered-disk} log: the header and bitmap that the in-kernel disk log also reads and
 * writes, cache flushes, read-back repair, and the failure that stays until the log is replaced.
 *
 * <p>Everything blocks: it belongs on a thread for devices, one call at a time per log. Knows regions and bytes, no
 * marks, sessions or rounds. Imports {@code posix} only.
 */
package org.mirrorlog.device;
