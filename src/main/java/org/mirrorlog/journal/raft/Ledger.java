package org.mirrorlog.journal.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What the commands amount to: heads, events and snapshots of every log, in memory. The same commands in the same order
 * make the same ledger on every member, and the same bytes of it.
 *
 * <p>Commands are applied on one thread; any may read.
 */
public final class Ledger {

    private static final int VERSION = 1;
    /** What a log and an event take in a checkpoint beside their bytes, at most. */
    private static final int HISTORY_BYTES = 128;
    private static final int EVENT_BYTES = 12;

    /** One whole snapshot. */
    public record Snapshot(long sequenceNr, long timestamp, byte[] bytes) {
    }

    /**
     * A row of {@link Command.Replace}.
     *
     * @param renewed the entry that renewed it last
     * @param livingMs for how long it counts from then on
     */
    public record Row(String text, long renewed, long livingMs) {
    }

    /** A snapshot whose last part has not come. */
    private record Staged(long sequenceNr, long timestamp, int parts, List<byte[]> bytes) {
    }

    private static final class History {
        private long head;
        private long deletedTo;
        private String writer = "";
        private final TreeMap<Long, byte[]> events = new TreeMap<>();
        private final TreeMap<Long, Snapshot> snapshots = new TreeMap<>();
        private Staged staged;
    }

    private final Map<String, History> histories = new TreeMap<>();
    private final Map<String, Row> rows = new TreeMap<>();
    private long appliedIndex;
    private long liveBytes;

    /** The last entry that was applied. */
    public synchronized long appliedIndex() {
        return appliedIndex;
    }

    /** About as many bytes as a checkpoint would take. */
    public synchronized long liveBytes() {
        return liveBytes + rows.entrySet().stream().mapToLong(row -> historyBytes(row.getKey())
                + 3L * row.getValue().text().length()).sum();
    }

    /** All rows, by name. */
    public synchronized Map<String, Row> rows() {
        return new TreeMap<>(rows);
    }

    /** The highest sequence number ever accepted for a log, deleted or not; 0 if there is none. */
    public synchronized long head(String log) {
        History history = histories.get(log);
        return history == null ? 0 : history.head;
    }

    /** Up to which sequence number events are deleted; 0 if none are. */
    public synchronized long deletedTo(String log) {
        History history = histories.get(log);
        return history == null ? 0 : history.deletedTo;
    }

    /** The events of a log from one number to another, both inclusive, by number. */
    public synchronized TreeMap<Long, byte[]> events(String log, long from, long to) {
        History history = histories.get(log);
        return history == null || from > to ? new TreeMap<>()
                : new TreeMap<>(history.events.subMap(from, true, to, true));
    }

    /** The newest snapshot of a log that is wanted. */
    public synchronized Optional<Snapshot> snapshot(String log, Predicate<Snapshot> wanted) {
        History history = histories.get(log);
        return history == null ? Optional.empty()
                : history.snapshots.descendingMap().values().stream().filter(wanted).findFirst();
    }

    /** Every log that has events, with its head. */
    public synchronized Map<String, Long> withEvents() {
        Map<String, Long> heads = new TreeMap<>();
        histories.forEach((log, history) -> {
            if (!history.events.isEmpty()) {
                heads.put(log, history.head);
            }
        });
        return heads;
    }

    /** An entry that says nothing was committed. */
    synchronized void skip(long index) {
        appliedIndex = Math.max(appliedIndex, index);
    }

    /**
     * Applies a committed command.
     *
     * @param index the entry that carries it; one that was applied before changes nothing
     * @return what became of it; empty if it was applied before, for that is not kept
     */
    synchronized Optional<Outcome> apply(long index, Command command) {
        if (index <= appliedIndex) {
            return Optional.empty();
        }
        appliedIndex = index;
        if (command instanceof Command.Replace replace) {
            return Optional.of(replace(index, replace));
        }
        History history = histories.computeIfAbsent(command.log(), this::begin);
        if (command instanceof Command.Append append) {
            return Optional.of(append(history, append));
        } else if (command instanceof Command.Delete delete) {
            delete(history, delete.toSequenceNr());
        } else if (command instanceof Command.SaveSnapshot save) {
            return Optional.of(save(history, save));
        } else if (command instanceof Command.DeleteSnapshots delete) {
            history.snapshots.values().removeIf(snapshot -> {
                boolean isWanted = isWanted(delete, snapshot);
                liveBytes -= isWanted ? snapshot.bytes().length : 0;
                return isWanted;
            });
        }
        return Optional.of(new Outcome.Accepted(history.head));
    }

    private Outcome replace(long index, Command.Replace replace) {
        Row now = rows.getOrDefault(replace.log(), new Row("", 0, 0));
        if (!now.text().equals(replace.seenText()) || now.renewed() != replace.seenRenewed()) {
            return new Outcome.Refused(now.renewed(), "");
        }
        boolean isRenewed = replace.livingMs() != Command.Replace.AS_BEFORE;
        Row next = new Row(replace.text(), isRenewed ? index : now.renewed(),
                isRenewed ? replace.livingMs() : now.livingMs());
        rows.put(replace.log(), next);
        return new Outcome.Accepted(next.renewed());
    }

    private static boolean isWanted(Command.DeleteSnapshots delete, Snapshot snapshot) {
        return snapshot.sequenceNr() >= delete.leastSequenceNr() && snapshot.sequenceNr() <= delete.mostSequenceNr()
                && snapshot.timestamp() >= delete.leastTimestamp() && snapshot.timestamp() <= delete.mostTimestamp();
    }

    private History begin(String log) {
        liveBytes += historyBytes(log);
        return new History();
    }

    private static long historyBytes(String log) {
        return 3L * log.length() + HISTORY_BYTES;
    }

    /** Rule D1: right behind the head, or not at all. */
    private Outcome append(History history, Command.Append append) {
        if (append.firstSequenceNr() != history.head + 1) {
            return new Outcome.Refused(history.head, history.writer);
        }
        for (byte[] event : append.events()) {
            history.head++;
            history.events.put(history.head, event);
            liveBytes += event.length + EVENT_BYTES;
        }
        history.writer = append.writer();
        return new Outcome.Accepted(history.head);
    }

    private void delete(History history, long toSequenceNr) {
        long to = Math.min(toSequenceNr, history.head);
        Map<Long, byte[]> gone = history.events.headMap(to, true);
        gone.values().forEach(event -> liveBytes -= event.length + EVENT_BYTES);
        gone.clear();
        history.deletedTo = Math.max(history.deletedTo, to);
    }

    private Outcome save(History history, Command.SaveSnapshot save) {
        if (save.sequenceNr() > history.head) {
            // Of a history that is not here: whoever saves has appended first. It is not kept.
            return new Outcome.Accepted(history.head);
        }
        Staged staged = history.staged;
        boolean isNext = staged != null && staged.sequenceNr() == save.sequenceNr()
                && staged.timestamp() == save.timestamp() && staged.parts() == save.parts()
                && staged.bytes().size() == save.part();
        if (!isNext && save.part() > 0) {
            // An earlier part is missing, or another owner saves: whoever saves begins again.
            return new Outcome.Refused(history.head, history.writer);
        }
        if (!isNext) {
            staged = new Staged(save.sequenceNr(), save.timestamp(), save.parts(), new ArrayList<>());
        }
        staged.bytes().add(save.bytes());
        history.staged = staged;
        if (staged.bytes().size() == staged.parts()) {
            history.staged = null;
            Snapshot whole = new Snapshot(save.sequenceNr(), save.timestamp(), Checkpoints.join(staged.bytes()));
            Snapshot replaced = history.snapshots.put(save.sequenceNr(), whole);
            liveBytes += whole.bytes().length - (replaced == null ? 0 : replaced.bytes().length);
        }
        return new Outcome.Accepted(history.head);
    }

    /** All of it, as bytes: the same on every member that has applied the same entries. */
    synchronized byte[] encode() {
        ByteWriter out = new ByteWriter((int) Math.min(1 << 30, liveBytes() + 64));
        out.putByte(VERSION).putLong(appliedIndex).putInt(histories.size());
        histories.forEach((log, history) -> {
            out.putText(log).putLong(history.head).putLong(history.deletedTo).putText(history.writer);
            out.putInt(history.events.size());
            history.events.forEach((number, event) -> out.putLong(number).putBytes(event));
            out.putInt(history.snapshots.size());
            history.snapshots.values().forEach(snapshot -> out.putLong(snapshot.sequenceNr())
                    .putLong(snapshot.timestamp()).putBytes(snapshot.bytes()));
            Staged staged = history.staged;
            out.putInt(staged == null ? 0 : staged.bytes().size());
            if (staged != null) {
                out.putLong(staged.sequenceNr()).putLong(staged.timestamp()).putInt(staged.parts());
                staged.bytes().forEach(out::putBytes);
            }
        });
        out.putInt(rows.size());
        rows.forEach((name, row) -> out.putText(name).putBytes(row.text().getBytes(UTF_8)).putLong(row.renewed())
                .putLong(row.livingMs()));
        return out.toBytes();
    }

    /**
     * Replaces everything by what {@link #encode} wrote.
     *
     * @throws ByteReader.Malformed if it is not that; then nothing has changed
     */
    synchronized void replace(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        int version = in.getByte();
        if (version != VERSION) {
            throw new ByteReader.Malformed("a checkpoint of version " + version + ", where this program knows "
                    + VERSION);
        }
        long index = in.getLong();
        int logs = in.count(Long.BYTES);
        Map<String, History> read = new TreeMap<>();
        for (int i = 0; i < logs; i++) {
            read.put(in.getText(), readHistory(in));
        }
        Map<String, Row> readRows = new TreeMap<>();
        int count = in.count(Long.BYTES);
        for (int i = 0; i < count; i++) {
            readRows.put(in.getText(), new Row(new String(in.getBytes(), UTF_8), in.getLong(), in.getLong()));
        }
        in.end();
        rows.clear();
        rows.putAll(readRows);
        histories.clear();
        histories.putAll(read);
        appliedIndex = index;
        liveBytes = read.entrySet().stream().mapToLong(log -> historyBytes(log.getKey()) + bytes(log.getValue())).sum();
    }

    private static long bytes(History history) {
        return history.events.values().stream().mapToLong(event -> event.length + EVENT_BYTES).sum()
                + history.snapshots.values().stream().mapToLong(snapshot -> snapshot.bytes().length).sum();
    }

    private static History readHistory(ByteReader in) {
        History history = new History();
        history.head = in.getLong();
        history.deletedTo = in.getLong();
        history.writer = in.getText();
        int events = in.count(Long.BYTES);
        for (int i = 0; i < events; i++) {
            history.events.put(in.getLong(), in.getBytes());
        }
        int snapshots = in.count(Long.BYTES);
        for (int i = 0; i < snapshots; i++) {
            Snapshot snapshot = new Snapshot(in.getLong(), in.getLong(), in.getBytes());
            history.snapshots.put(snapshot.sequenceNr(), snapshot);
        }
        int staged = in.count(Integer.BYTES);
        if (staged > 0) {
            history.staged = new Staged(in.getLong(), in.getLong(), in.getInt(), new ArrayList<>());
            for (int i = 0; i < staged; i++) {
                history.staged.bytes().add(in.getBytes());
            }
        }
        return history;
    }
}
