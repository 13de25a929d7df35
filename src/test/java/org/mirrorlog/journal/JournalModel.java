package org.mirrorlog.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a journal must hold: a value that groups of requests are applied to. */
final class JournalModel {

    /** What it must hold of one persistence id. */
    private record One(long head, long deletedTo, TreeMap<Long, String> events) {
    }

    private final TreeMap<String, One> all = new TreeMap<>();

    /** What an open journal does hold of some persistence ids. */
    static JournalModel observe(CoreFixture fixture, List<String> ids) throws IOException {
        JournalModel observed = new JournalModel();
        for (String id : ids) {
            TreeMap<Long, String> events = new TreeMap<>();
            long[] last = {0};
            fixture.core.replayer().replay(id, 1, Long.MAX_VALUE, Long.MAX_VALUE, (sequenceNr, event) -> {
                if (sequenceNr <= last[0]) {
                    throw new IOException("replay of " + id + " goes from " + last[0] + " to " + sequenceNr);
                }
                last[0] = sequenceNr;
                events.put(sequenceNr, new String(event, StandardCharsets.UTF_8));
            });
            long head = fixture.core.index().head(id);
            if (head > 0) {
                observed.all.put(id, new One(head, fixture.core.index().deletedTo(id), events));
            }
        }
        return observed;
    }

    long head(String id) {
        One one = all.get(id);
        return one == null ? 0 : one.head();
    }

    long deletedTo(String id) {
        One one = all.get(id);
        return one == null ? 0 : one.deletedTo();
    }

    /** Whether the request would put a record into the journal. */
    boolean isWritten(WriteRequest request) {
        return request instanceof WriteRequest.Append || request instanceof WriteRequest.Delete delete
                && Math.min(delete.toSequenceNr(), head(delete.persistenceId())) > deletedTo(delete.persistenceId());
    }

    /** The state after the first {@code count} requests. */
    JournalModel after(List<WriteRequest> group, int count) {
        JournalModel next = new JournalModel();
        all.forEach((id, one) -> next.all.put(id, new One(one.head(), one.deletedTo(), new TreeMap<>(one.events()))));
        group.subList(0, count).forEach(next::apply);
        return next;
    }

    private void apply(WriteRequest request) {
        if (request instanceof WriteRequest.Append append) {
            One one = all.getOrDefault(append.persistenceId(), new One(0, 0, new TreeMap<>()));
            for (int i = 0; i < append.events().size(); i++) {
                one.events().put(append.firstSequenceNr() + i, new String(append.events().get(i),
                        StandardCharsets.UTF_8));
            }
            all.put(append.persistenceId(), new One(append.lastSequenceNr(), one.deletedTo(), one.events()));
        } else if (request instanceof WriteRequest.Delete delete && all.containsKey(delete.persistenceId())) {
            One one = all.get(delete.persistenceId());
            long to = Math.max(one.deletedTo(), Math.min(delete.toSequenceNr(), one.head()));
            one.events().headMap(to, true).clear();
            all.put(delete.persistenceId(), new One(one.head(), to, one.events()));
        }
    }

    /** This state, and every state that a crash in the middle of one of the groups may leave. */
    List<JournalModel> possible(List<List<WriteRequest>> unknown) {
        List<JournalModel> possible = new ArrayList<>(List.of(this));
        for (List<WriteRequest> group : unknown) {
            for (int count = 1; count <= group.size(); count++) {
                possible.add(after(group, count));
            }
        }
        return possible;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JournalModel model && all.equals(model.all);
    }

    @Override
    public int hashCode() {
        return all.hashCode();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, One> one : all.entrySet()) {
            text.append(one.getKey()).append(" head ").append(one.getValue().head()).append(" deleted to ")
                    .append(one.getValue().deletedTo()).append(" events ").append(one.getValue().events().keySet())
                    .append('#').append(one.getValue().events().hashCode()).append('\n');
        }
        return text.toString();
    }
}
