package org.mirrorlog.instance;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.RequestType;

/**
 * What an operator sees of one table of this machine's kernel.
 *
 * @param marks regions that it holds marked
 * @param pendingMarks regions marked and not flushed yet
 * @param trouble why it is not served, if it is not
 * @param isExposed every region counts as written, whatever its kernel says: its record was lost, or a reconnect was
 *     interrupted
 * @param waiting its requests that have no reply yet, who waits longest first
 */
public record TableView(InstanceKey key, LogSpec spec, Phase phase, long marks, long pendingMarks,
        Optional<String> trouble, boolean isExposed, List<Waiting> waiting) {

    /**
     * A request that waits for its reply.
     *
     * @param forMs since its first copy came: the kernel gives a copy up after 15 s and sends another one
     * @param why what it waits for, as far as that is known
     */
    public record Waiting(RequestType type, long forMs, String why) {
        /** Checks that all are given. */
        public Waiting {
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(why, "why");
        }
    }

    /** Checks that all are given, and copies. */
    public TableView {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(phase, "phase");
        waiting = List.copyOf(waiting);
    }

    static TableView of(LogInstance table, Optional<String> trouble, List<Waits.One> waiting, long nowMs) {
        Memory memory = table.memory();
        boolean isExposed = memory.isExposed() || memory.isLost();
        String why = waiting.isEmpty() ? "" : trouble.orElseGet(() -> table.waitsFor(nowMs));
        return new TableView(table.key(), table.spec(), memory.phase(), memory.held().size(), memory.pending().size(),
                trouble, isExposed, waiting.stream().map(one -> new Waiting(one.type(), one.forMs(), why)).toList());
    }
}
