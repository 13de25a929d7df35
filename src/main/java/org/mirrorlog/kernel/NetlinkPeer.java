package org.mirrorlog.kernel;

import org.mirrorlog.posix.NetlinkSocket;

/** The end of a netlink socket: the kernel itself with port id 0, in tests a process that plays the kernel. */
final class NetlinkPeer implements Peer {
    private final NetlinkSocket.Address address;

    NetlinkPeer(int portId) {
        this.address = NetlinkSocket.Address.ofPort(portId);
    }

    NetlinkSocket.Address address() {
        return address;
    }

    @Override
    public String name() {
        return address.portId() == 0 ? "kernel" : "port " + Integer.toUnsignedString(address.portId());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NetlinkPeer that && address.portId() == that.address.portId();
    }

    @Override
    public int hashCode() {
        return address.portId();
    }

    @Override
    public String toString() {
        return name();
    }
}
