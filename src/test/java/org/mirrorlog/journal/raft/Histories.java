package org.mirrorlog.journal.raft;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What everybody has seen, and the checks: every entry is the same wherever it is applied; a sequence number of a log
 * has one event, for ever; what was acknowledged is there; who has replayed has missed nothing.
 */
final class Histories {

    /** A check has failed. */
    static final class Violation extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Violation(String what) {
            super(what);
        }
    }

    private Violation first;
    private final Map<Long, byte[]> commands = new HashMap<>();
    private final Map<Long, byte[]> ledgers = new HashMap<>();
    private final Map<String, TreeMap<Long, String>> events = new HashMap<>();
    private final Map<String, Long> acknowledged = new HashMap<>();
    private final TreeMap<Long, Members> groups = new TreeMap<>();
    private final Map<String, Long> memberSince = new HashMap<>();
    private final Map<String, Long> removed = new HashMap<>();
    private long acknowledgements;

    /** Remembers it: what is thrown within the engine, or where an answer is told, may be caught there. */
    Violation violation(String what) {
        Violation violation = new Violation(what);
        first = first == null ? violation : first;
        return violation;
    }

    /** Throws the first violation so far. */
    void check() {
        if (first != null) {
            throw first;
        }
    }

    void applied(String member, long index, byte[] command, Outcome outcome) {
        byte[] before = commands.putIfAbsent(index, command);
        if (before != null && !Arrays.equals(before, command)) {
            throw violation(member + " applies another entry " + index + " than others did");
        }
        if (CommandCodec.decode(command) instanceof Command.Append append
                && outcome instanceof Outcome.Accepted) {
            long number = append.firstSequenceNr();
            for (byte[] event : append.events()) {
                String text = new String(event, java.nio.charset.StandardCharsets.US_ASCII);
                String there = events.computeIfAbsent(append.log(), log -> new TreeMap<>()).putIfAbsent(number, text);
                if (there != null && !there.equals(text)) {
                    throw violation("event " + number + " of " + append.log() + " was " + there + " and is "
                            + text + " at " + member);
                }
                number++;
            }
        }
    }

    /** The ledger as of an entry, whole. */
    void ledger(String member, long index, byte[] bytes) {
        byte[] before = ledgers.putIfAbsent(index, bytes);
        if (before != null && !Arrays.equals(before, bytes)) {
            throw violation(member + " has another ledger as of entry " + index + " than others had");
        }
    }

    /**
     * A member knows the group to be so.
     *
     * @param lastIndex the last entry that a member holds, by name
     */
    void regrouped(String member, Members now, ToLongFunction<String> lastIndex) {
        if (now.index() == 0) {
            now.all().forEach(name -> memberSince.put(name, 0L));
            return;
        }
        Members before = groups.putIfAbsent(now.index(), now);
        if (before != null) {
            if (!before.equals(now)) {
                throw violation(member + " has another group as of entry " + now.index() + " than others have");
            }
            return;
        }
        if (now.all().size() > now.voters().size() + 1) {
            throw violation("more than one takes a place at a time: " + now);
        }
        for (String name : now.all()) {
            long since = memberSince.merge(name, now.index(), Math::min);
            if (now.index() > removed.getOrDefault(name, Long.MAX_VALUE)) {
                throw violation(name + " is a member again: " + now);
            } else if (since > 0 && now.voters().contains(name) && lastIndex.applyAsLong(name) < since) {
                throw violation(name + " votes and holds " + lastIndex.applyAsLong(name) + " of " + since);
            }
        }
        // Groups are not seen in their order.
        memberSince.forEach((name, since) -> {
            if (since < now.index() && !now.all().contains(name)) {
                removed.merge(name, now.index(), Math::min);
            }
        });
    }

    void acknowledged(String log, long number, String event) {
        String there = events.getOrDefault(log, new TreeMap<>()).get(number);
        if (!event.equals(there)) {
            throw violation("event " + number + " of " + log + " was acknowledged as " + event + " and is " + there);
        }
        acknowledged.merge(log, number, Math::max);
        acknowledgements++;
    }

    long acknowledgements() {
        return acknowledgements;
    }

    /** The last number of a log that was acknowledged to anybody. */
    long acknowledged(String log) {
        return acknowledged.getOrDefault(log, 0L);
    }

    /** An owner has replayed; so much was acknowledged when it began to. */
    void replayed(String log, Ledger ledger, long acknowledgedBefore) {
        if (ledger.head(log) < acknowledgedBefore) {
            throw violation("a replay of " + log + " ends at " + ledger.head(log) + " although "
                    + acknowledgedBefore + " was acknowledged before it began");
        }
        held(log, ledger);
    }

    private void held(String log, Ledger ledger) {
        long from = ledger.deletedTo(log) + 1;
        TreeMap<Long, byte[]> there = ledger.events(log, from, ledger.head(log));
        if (there.size() != ledger.head(log) - from + 1) {
            throw violation(log + " has " + there.size() + " events from " + from + " to " + ledger.head(log));
        }
        there.forEach((number, event) -> {
            String text = new String(event, java.nio.charset.StandardCharsets.US_ASCII);
            if (!text.equals(events.getOrDefault(log, new TreeMap<>()).get(number))) {
                throw violation("event " + number + " of " + log + " is " + text + ", which it never was");
            }
        });
    }

    /** At the end every member has all that was acknowledged. */
    void complete(String member, Ledger ledger) {
        acknowledged.forEach((log, number) -> {
            if (ledger.head(log) < number) {
                throw violation(member + " ends " + log + " at " + ledger.head(log) + " although " + number
                        + " was acknowledged");
            }
            held(log, ledger);
        });
    }
}
