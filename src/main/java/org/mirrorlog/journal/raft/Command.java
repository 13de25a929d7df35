package org.mirrorlog.journal.raft;

import java.util.List;

/**
 * What can be done to the journal, by whichever member. Each names the log (the persistence id) that it concerns, or a
 * row of {@link Replace}.
 */
public sealed interface Command {

    /** The persistence id. */
    String log();

    /**
     * Events right behind {@code firstSequenceNr - 1}, all or none (rule D1).
     *
     * @param writer who wants it, for messages only
     */
    record Append(String log, long firstSequenceNr, String writer, List<byte[]> events) implements Command {

        /** Copies the list, not the events. */
        public Append {
            events = List.copyOf(events);
            if (events.isEmpty() || firstSequenceNr < 1) {
                throw new IllegalArgumentException("an append holds an event, and its number is positive");
            }
        }

        /** The number of its last event. */
        public long lastSequenceNr() {
            return firstSequenceNr + events.size() - 1;
        }
    }

    /** Events up to a sequence number, at most up to the head, are deleted. The head stays. */
    record Delete(String log, long toSequenceNr) implements Command {
    }

    /**
     * A part of a snapshot. It is there once its last part is, and replaces one of the same number.
     *
     * @param timestamp milliseconds, as Akka gave it
     * @param part which part, from 0; they come in order
     * @param parts how many there are
     */
    record SaveSnapshot(String log, long sequenceNr, long timestamp, int part, int parts, byte[] bytes)
            implements Command {

        /** Checks that it can be one. */
        public SaveSnapshot {
            if (parts < 1 || part < 0 || part >= parts) {
                throw new IllegalArgumentException("part " + part + " of " + parts);
            }
        }
    }

    /** Snapshots with number and time within these bounds, all of them inclusive, are deleted. */
    record DeleteSnapshots(String log, long leastSequenceNr, long mostSequenceNr, long leastTimestamp,
            long mostTimestamp) implements Command {
    }

    /**
     * A small text under a name is replaced, if it is still as it was seen. Rows are no logs: their names are apart.
     *
     * @param log the row's name
     * @param seenText "" if there was none
     * @param seenRenewed the entry that had renewed it; 0 if there was none
     * @param livingMs for how long it counts from now on, by whoever looks; {@link #AS_BEFORE}: it is not renewed
     */
    record Replace(String log, String seenText, long seenRenewed, String text, long livingMs) implements Command {
        /** The row counts as long as it did. */
        public static final long AS_BEFORE = -1;
    }
}
