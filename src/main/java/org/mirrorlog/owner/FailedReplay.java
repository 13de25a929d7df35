package org.mirrorlog.owner;

import org.mirrorlog.log.LogState;

/**
 * A replay that did not come to its end.
 *
 * @param replayed the log as far as it could be read: an older state of it, or {@link LogState#unborn()}
 * @param failure why it could not be read further
 */
record FailedReplay(LogState replayed, Throwable failure) { }
