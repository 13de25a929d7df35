package org.mirrorlog.cluster;

import java.util.concurrent.CompletionStage;

/** Makes sure that a machine does not run. */
public interface FenceAgent {
    /**
     * Powers the machine off, or cuts it from its storage. Does not block; asked once at a time per machine.
     *
     * @return completes when nothing of that incarnation can reach the storage any more; fails, within a bound,
     *     otherwise
     */
    CompletionStage<Void> fence(NodeIdentity who);
}
