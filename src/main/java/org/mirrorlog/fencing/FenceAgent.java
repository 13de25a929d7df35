package org.mirrorlog.fencing;

import java.util.concurrent.CompletionStage;
import org.mirrorlog.cluster.NodeIdentity;

/** Makes sure that a machine does not run. */
public interface FenceAgent {
    /**
     * Powers the machine off, or cuts it from its storage. Does not block; asked once at a time per machine, and never
     * while another run of its kernel is a member of the cluster.
     *
     * @param who which machine, and which run of its kernel
     * @param address of its daemon, as the cluster knew it
     * @return completes when nothing of that incarnation can reach the storage any more; fails, within a bound,
     *     otherwise
     */
    CompletionStage<Void> fence(NodeIdentity who, String address);
}
