package org.mirrorlog.management;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The logs as an observer sees them. A view may be a moment old; it never decides anything.
 *
 * <p>All calls may be made from any thread, return at once, and must bound the time until their stage completes: the
 * HTTP request waits for it.
 */
public interface LogViews {
    /**
     * Every log this node has an instance of, sorted by uuid; empty when there is none. One that does not answer is
     * among them as {@link LogView#silent}, and keeps none of the others back.
     */
    CompletionStage<List<LogView>> all();

    /** The names of these logs, sorted; at once, whatever their owners do. */
    CompletionStage<List<String>> names();

    /** The log with exactly this uuid, silent or not, or empty when this node knows none. */
    CompletionStage<Optional<LogView>> one(String uuid);

    /** Requests of this machine's kernel that have no reply yet, who waits longest first. */
    CompletionStage<List<RequestView>> requests();

    /**
     * The regions of the log with exactly this uuid; empty when this node knows none. Fails with an
     * {@link IllegalArgumentException} where there is no such part, and while its owner does not answer.
     */
    CompletionStage<Optional<MapView>> map(String uuid, MapView.Part part);
}
