package org.mirrorlog.journal.raft.service;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.ExtendedActorSystem;
import akka.coordination.lease.LeaseSettings;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.journal.JournalContract;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.journal.JournalSystem;

/** The contract of a journal, kept by the replicated one with a single member. */
class ReplicatedPluginTest extends JournalContract {

    private Config alone;
    @TempDir
    private Path dataDir;

    @Override
    protected JournalSystem open(boolean isGapRefused) {
        alone = alone == null ? Alone.config("") : alone;
        return new JournalSystem(JournalSystem.config(ConfigFactory.parseString(
                "mirrorlog.replicated.journal.refuse-gaps = " + isGapRefused).withFallback(alone), dataDir));
    }

    @Test
    void shouldKeepItsIdentityOverRestartsD21() {
        String id = JournalExtension.get(journal.system).journal().id().toString();

        restart(true);

        assertEquals(id, JournalExtension.get(journal.system).journal().id().toString());
    }

    @Test
    void shouldBeLeasedToOneAtATime() throws Exception {
        ReplicatedLease one = lease("one");
        ReplicatedLease other = lease("other");

        assertTrue(get(one.acquire()));
        assertFalse(get(other.acquire()));
        assertTrue(get(one.acquire()), "it has it already");
        assertTrue(get(one.release()));
        assertFalse(one.checkLease());
        assertTrue(get(other.acquire()));
        await("a holder that says nothing more to be forgotten").atMost(Duration.ofSeconds(30))
                .until(() -> get(one.acquire()));
    }

    private ReplicatedLease lease(String owner) {
        return new ReplicatedLease(LeaseSettings.apply(journal.system.settings().config()
                .getConfig("akka.coordination.lease"), "arbiter", owner), (ExtendedActorSystem) journal.system);
    }

    private static boolean get(CompletionStage<Boolean> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void shouldReplayManyLargeEvents() {
        String large = "x".repeat(100_000);
        for (int i = 1; i <= 150; i++) {
            journal.mustWrite(ID, i, large + i);
        }

        assertEquals(150, journal.replay(ID).events().size());
    }
}
