package org.mirrorlog.instance;

/**
 * The kernel numbers the requests of all its tables in one row that wraps, and counts those that found nobody listening
 * (protocol 1.6).
 */
final class RequestNumbers {
    private boolean wasHeard;
    private int newest;
    private long gaps;

    /** @return whether no request had a higher number: else it may be a copy that the kernel has given up */
    boolean heard(int seq) {
        if (wasHeard && seq - newest <= 0) {
            return false;
        }
        if (wasHeard && seq != newest + 1) {
            gaps++;
        }
        wasHeard = true;
        newest = seq;
        return true;
    }

    /** How often at least one request was missing before a later one came. */
    long gaps() {
        return gaps;
    }
}
