package org.mirrorlog.journal.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalSystem;

/** Whoever says too late that its cluster lives looks dead: the row waits for nothing else. */
@Tag("slow")
@Timeout(180)
class PostgresRowTest {

    private PostgresServer server;
    private CuttingProxy proxy;
    private JournalSystem system;
    private PostgresJournal journal;
    private ClusterRow row;

    /** With bounds of the journal that are far longer than a row lives. */
    @BeforeEach
    void start() throws Exception {
        server = PostgresServer.start();
        proxy = new CuttingProxy(server.port());
        system = new JournalSystem(JournalSystem.config(PostgresServer.config(proxy.port(), server.database(),
                "mirrorlog.postgres.answer-timeout = 8 minutes", "mirrorlog.postgres.hold-for = 9 minutes"),
                Path.of("/nowhere")));
        journal = (PostgresJournal) JournalExtension.get(system.system).journal();
        row = journal.clusterRow().orElseThrow();
    }

    @AfterEach
    void stop() throws Exception {
        if (proxy != null) {
            proxy.close(); // first: else what it does not let pass is waited for
        }
        if (system != null) {
            system.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private static ClusterRow.Seen now(CompletionStage<ClusterRow.Seen> answer) throws Exception {
        return answer.toCompletableFuture().get(PostgresServer.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldBeWrittenThroughAnotherConnectionWhereItsOwnHasDiedInSilence() throws Exception {
        ClusterRow.Seen first = now(row.replace(now(row.read()), "first", Optional.of(Duration.ofHours(1))));
        proxy.hush();

        ClusterRow.Seen second = now(row.replace(first, "second", Optional.of(Duration.ofHours(1))));

        assertEquals(Optional.of("second"), second.text());
        assertEquals("row cluster of table mirrorlog.leases", row.where());
        assertFalse(second.stamp() == first.stamp(), "it was renewed");
    }

    /** As after an outage, when each owner replays. */
    @Test
    void shouldNotWaitBehindReplays() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        List<CompletionStage<Long>> replays = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            replays.add(journal.snapshots("a long replay", connection -> {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return end.getCount();
            }));
        }

        ClusterRow.Seen seen;
        try {
            seen = now(row.read());
        } finally {
            end.countDown();
        }

        assertEquals(ClusterRow.Seen.NOTHING, seen);
        for (CompletionStage<Long> replay : replays) {
            assertEquals(0, replay.toCompletableFuture().get(PostgresServer.LIMIT.toSeconds(), TimeUnit.SECONDS));
        }
    }
}
