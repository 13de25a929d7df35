package org.mirrorlog.fencing;

import java.time.Duration;
import java.util.Objects;

/** How it becomes known that a node which the cluster has removed is dead. */
public sealed interface FencingPolicy {
    /** Somebody confirms it. */
    record Manual() implements FencingPolicy { }

    /**
     * This daemon has it fenced.
     *
     * @param attempts how often at most
     * @param retryAfter pause between attempts
     */
    record Commanded(FenceAgent agent, int attempts, Duration retryAfter) implements FencingPolicy {
        public Commanded {
            Objects.requireNonNull(agent, "agent");
            Objects.requireNonNull(retryAfter, "retryAfter");
        }
    }

    /**
     * Something else fences every node that the cluster removes.
     *
     * @param bound after so long it has happened
     */
    record DowningIsFencing(Duration bound) implements FencingPolicy {
        public DowningIsFencing {
            Objects.requireNonNull(bound, "bound");
        }
    }
}
