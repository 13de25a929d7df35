package org.mirrorlog.cluster;

/** Somebody is to be declared dead who is a member of the cluster within reach. */
public final class StillConnectedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    StillConnectedException(NodeIdentity who) {
        super("node " + who.node() + " with boot id " + who.incarnation() + " is connected: it is not dead");
    }
}
