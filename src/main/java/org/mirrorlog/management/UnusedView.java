package org.mirrorlog.management;

import java.util.List;

/**
 * Logs that nobody uses, as JSON.
 *
 * @param logs nobody may write them, and their tables have all been destroyed; by name
 * @param silent those that could not be read in time
 * @param isMore whether there may be more of them
 */
public record UnusedView(List<RetirementView> logs, List<String> silent, boolean isMore) {
    public UnusedView {
        logs = List.copyOf(logs);
        silent = List.copyOf(silent);
    }
}
