package org.mirrorlog.journal.raft.service;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.raft.Command;
import org.mirrorlog.journal.raft.Ledger;

/** A row of the replicated journal: read and written by who reaches a majority of its members, and by nobody else. */
final class ReplicatedRow implements ClusterRow {

    private static final String PREFIX = "row/";

    private final ReplicatedJournal journal;
    private final RowClock clock;
    private final String name;
    private final Duration within;

    /** @param holdFor how long the journal holds anything; the row is tried no longer than a server's would be */
    ReplicatedRow(ReplicatedJournal journal, RowClock clock, String name, Duration holdFor) {
        this.within = holdFor.compareTo(LONGEST_ANSWER) < 0 ? holdFor : LONGEST_ANSWER;
        this.journal = journal;
        this.clock = clock;
        this.name = PREFIX + name;
    }

    @Override
    public String where() {
        return "row cluster of the replicated journal";
    }

    @Override
    public CompletionStage<Seen> read() {
        return journal.caughtUp(name, within).thenApply(nothing -> {
            Ledger.Row row = journal.ledger().rows().get(name);
            return row == null ? Seen.NOTHING
                    : new Seen(Optional.of(row.text()), row.renewed(), clock.left(name, row));
        });
    }

    @Override
    public CompletionStage<Seen> replace(Seen seen, String text, Optional<Duration> living) {
        // Without a row there is no time that it could go on to live.
        Duration least = seen.text().isPresent() ? Duration.ofMillis(Command.Replace.AS_BEFORE) : Duration.ZERO;
        return journal.decide(new Command.Replace(name, seen.text().orElse(""), seen.stamp(), text,
                living.orElse(least).toMillis()), within).thenCompose(outcome -> read());
    }
}
