package org.mirrorlog.journal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a group of requests is to the journal (rule D1), before anything of it is written. */
final class GroupPlan {
    /** One record of a group. */
    record Planned(WriteRequest request, RecordKind kind, long firstSequenceNr, int bytes) { }

    private GroupPlan() {
    }

    /**
     * Decides which requests become records; of the others it says what becomes of them.
     *
     * @param index what is in the journal before this group
     * @param counters of what is refused
     */
    static List<Planned> of(List<WriteRequest> requests, Outcomes<WriteRequest> outcomes, JournalIndex index,
            JournalCounters counters) {
        List<Planned> planned = new ArrayList<>(requests.size());
        Map<String, Long> headsInGroup = new HashMap<>();
        for (WriteRequest request : requests) {
            if (request instanceof WriteRequest.Append append) {
                String pid = append.persistenceId();
                Long inGroup = headsInGroup.get(pid);
                long head = inGroup == null ? index.head(pid) : inGroup;
                if (append.firstSequenceNr() == head + 1) {
                    headsInGroup.put(pid, append.lastSequenceNr());
                    planned.add(new Planned(append, RecordKind.EVENTS, head + 1, append.encodedBytes()));
                } else {
                    outcomes.failed(append, new AppendRefusedException(pid, append.firstSequenceNr(), head));
                    counters.refused();
                }
            } else if (request instanceof WriteRequest.Delete delete) {
                String pid = delete.persistenceId();
                long to = Math.min(delete.toSequenceNr(), headsInGroup.getOrDefault(pid, index.head(pid)));
                if (to > index.deletedTo(pid)) {
                    planned.add(new Planned(delete, RecordKind.DELETED, to, delete.encodedBytes()));
                } else {
                    outcomes.done(delete);
                }
            } else if (request instanceof WriteRequest.Barrier) {
                outcomes.done(request);
            }
        }
        return planned;
    }
}
