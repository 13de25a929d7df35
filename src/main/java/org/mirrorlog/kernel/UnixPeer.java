package org.mirrorlog.kernel;

import org.mirrorlog.posix.UnixAddress;

/** An emulated kernel, known by the address that its socket is bound to. */
final class UnixPeer implements Peer {
    private final UnixAddress address;
    /**
     * It did not take its answers for as long as we wait. Until it takes one again it gets a single attempt each, so
     * that it delays nobody else. Any sending thread reads and writes this.
     */
    private volatile boolean isStalled;

    UnixPeer(UnixAddress address) {
        this.address = address;
    }

    UnixAddress address() {
        return address;
    }

    boolean isStalled() {
        return isStalled;
    }

    void setStalled(boolean stalled) {
        if (isStalled != stalled) {
            isStalled = stalled;
        }
    }

    @Override
    public String name() {
        return address.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnixPeer that && address.equals(that.address);
    }

    @Override
    public int hashCode() {
        return address.hashCode();
    }

    @Override
    public String toString() {
        return name();
    }
}
