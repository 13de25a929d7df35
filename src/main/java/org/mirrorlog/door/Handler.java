package org.mirrorlog.door;

import java.util.concurrent.CompletionStage;

/** What is behind a door. */
@FunctionalInterface
public interface Handler {
    /**
     * Returns at once and never blocks: one thread serves the whole door. What throws or fails is answered with 503.
     */
    CompletionStage<HttpReply> handle(Request request);
}
