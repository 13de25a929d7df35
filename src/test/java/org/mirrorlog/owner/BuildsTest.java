package org.mirrorlog.owner;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.cluster.Cluster;
import akka.cluster.MemberStatus;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;

/** What not every member can read is not written; once it is, a member that cannot read it is removed. */
@Tag("slow")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class BuildsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final InstanceId A = new InstanceId("boot-a", 1);
    /** A table that has left and may run: format 1. */
    private static final LogState NEW = LogState.unborn()
            .after(new Commit(List.of(new LogEvent.Joined(A, "a", 1), new LogEvent.Left(A))))
            .after(new Commit(List.of(new LogEvent.Exposed(A, true))));

    @TempDir
    private Path dir;
    private final List<ActorTestKit> kits = new ArrayList<>();

    @AfterEach
    void stop() {
        kits.forEach(ActorTestKit::shutdownTestKit);
    }

    private ActorTestKit node(String name, String version) {
        ActorTestKit kit = ActorTestKit.create("mirrorlog", ConfigFactory.parseString("""
                mirrorlog.data-dir = "%s"
                akka.cluster.app-version = "%s"
                akka.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                """.formatted(dir.resolve(name), version)).withFallback(ConfigFactory.load()).resolve());
        kits.add(kit);
        new LogSharding(kit.system(), new LogSharding.Around(new LogDevices(Runnable::run, true), new DeathList(),
                Heads.UNKNOWN)).begin(new OwnerSettings(name + "/1", "boot-" + name, "test", new UUID(1, 2), true,
                Set.of(), Optional.empty(), 1_000, Duration.ofHours(1)), 1);
        return kit;
    }

    private static void join(ActorTestKit kit, ActorTestKit to) {
        Cluster.get(kit.system()).join(Cluster.get(to.system()).selfAddress());
    }

    private static boolean hasUp(ActorTestKit kit, ActorTestKit other) {
        return java.util.stream.StreamSupport
                .stream(Cluster.get(kit.system()).state().getMembers().spliterator(), false)
                .anyMatch(member -> member.address().equals(Cluster.get(other.system()).selfAddress())
                        && member.status().equals(MemberStatus.up()));
    }

    private static byte[] encode(ActorTestKit kit, LogState state) {
        Serialization serialization = SerializationExtension.get(kit.system());
        return serialization.serialize(state).get();
    }

    @Test
    void shouldWriteNothingThatAMemberCannotReadAndRemoveItAfterwards() throws Exception {
        Files.createDirectories(dir.resolve("current"));
        ActorTestKit current = node("current", "1");
        join(current, current);
        await("a cluster").atMost(PATIENCE).until(() -> hasUp(current, current));
        ActorTestKit old = node("old", "0.0.0");
        join(old, current);
        await("two members").atMost(PATIENCE).until(() -> hasUp(current, old));

        String reason = assertThrows(IllegalStateException.class, () -> encode(current, NEW)).getMessage();
        assertTrue(reason.startsWith("not yet: the node at akka://mirrorlog@127.0.0.1:")
                && reason.endsWith(" runs an older build"), reason);
        assertEquals(Optional.of(reason), Builds.get(current.system()).tooOldFor(1));
        encode(current, LogState.unborn());
        assertTrue(hasUp(current, old), "nothing new is written: it stays");

        old.shutdownTestKit();
        await("alone").atMost(PATIENCE).until(() -> Builds.get(current.system()).tooOldFor(1).isEmpty());
        encode(current, NEW);
        assertIsRemoved(current);
        current.shutdownTestKit();

        ActorTestKit restarted = node("current", "1");
        join(restarted, restarted);
        await("a cluster").atMost(PATIENCE).until(() -> hasUp(restarted, restarted));
        assertIsRemoved(restarted);
    }

    private void assertIsRemoved(ActorTestKit current) {
        ActorTestKit comeBack = node("old-" + kits.size(), "0.0.0");
        join(comeBack, current);
        await("removed").atMost(PATIENCE).until(() -> Cluster.get(comeBack.system()).isTerminated());
        await("gone").atMost(PATIENCE).until(() -> Builds.get(current.system()).tooOldFor(1).isEmpty());
    }
}
