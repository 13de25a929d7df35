package org.mirrorlog.owner;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What owners can find out about their logs beside the journal.
 *
 * @param nodes by incarnation, the names of all nodes that may use logs, as far as is known here
 * @param withinReach of these, the members of the cluster that can be asked now
 * @param roll to ask every node whether it has a table of an adopted log
 * @param question to ask every node what it has heard of a log
 * @param isForgetful whether the journal follows a lost one: what it does not know may have been known before
 * @param isRestored whether it goes on from a backup: what it does not know is adopted
 */
public record Hearsay(Supplier<Map<String, String>> nodes, Supplier<Map<String, String>> withinReach,
        Consumer<RollCall> roll, Consumer<HeardQuestion> question, boolean isForgetful, boolean isRestored) {
    /** Of a journal that goes on from no backup. */
    public Hearsay(Supplier<Map<String, String>> nodes, Supplier<Map<String, String>> withinReach,
            Consumer<RollCall> roll, Consumer<HeardQuestion> question, boolean isForgetful) {
        this(nodes, withinReach, roll, question, isForgetful, false);
    }

    /** Nothing. */
    public static final Hearsay NONE = new Hearsay(Map::of, Map::of, call -> { }, question -> { }, false);
}
