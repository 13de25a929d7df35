package org.mirrorlog.fencing;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * How nodes are fenced here.
 *
 * @param objection why this node may not act for its cluster now, empty if it may; asked before each act, and answers
 *     in bounded time
 * @param lookAgain how often a node that is not the leader looks again, and how often what has failed is tried
 * @param manyLooks after so many people are asked; it is followed all the same, for another node may lead by then
 */
record FencingManner(FencingPolicy policy, Supplier<CompletionStage<Optional<String>>> objection, Duration lookAgain,
        int manyLooks) {
}
