package org.mirrorlog.fencing;

import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.NodeState;

/** Somebody is to be declared dead who is a member of the cluster within reach. */
public final class StillConnectedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public StillConnectedException(NodeIdentity who) {
        super("node " + who.node() + " (boot id " + who.incarnation() + ") " + NodeState.UP.says()
                + ": it is not dead");
    }
}
