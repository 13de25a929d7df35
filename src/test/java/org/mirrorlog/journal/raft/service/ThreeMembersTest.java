package org.mirrorlog.journal.raft.service;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.journal.AppendRefusedException;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.journal.GroupStanding;
import org.mirrorlog.journal.raft.net.Security;

/** Three members over real connections and on real files. */
@Tag("slow")
@Timeout(180)
class ThreeMembersTest {

    private static final Duration SOON = Duration.ofSeconds(3);

    @TempDir
    private Path directory;

    @Test
    void d1ShouldKeepOneHistoryWhicheverMemberIsAskedAndWhicheverIsEnded() throws Exception {
        try (Trio trio = new Trio(directory, Security.NONE)) {
            trio.startAll();
            assertEquals(1, Stream.of(0, 1, 2).map(i -> trio.journal(i).id()).distinct().count(), "one identity");
            int next = 1;
            List<String> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                trio.mustAppend(i, "log", next, "event " + next);
                all.add("event " + next++);
            }
            ExecutionException stale = assertThrows(ExecutionException.class, () ->
                    trio.append(0, "log", 2, "stale").get(10, TimeUnit.SECONDS));
            assertTrue(stale.getCause() instanceof AppendRefusedException, stale.toString());

            for (int round = 0; round < 2; round++) {
                int leader = trio.leader();
                int other = (leader + 1) % 3;
                trio.stop(leader);
                trio.mustAppend(other, "log", next, "event " + next);
                all.add("event " + next++);
                assertEquals(all, trio.read((leader + 2) % 3, "log"));
                trio.start(leader, SOON);
                assertEquals(all, trio.read(leader, "log"), "who comes back has missed nothing");
            }
        }
    }

    @Test
    void shouldWriteNothingWithoutAMajorityAndGoOnWithOne() throws Exception {
        try (Trio trio = new Trio(directory, Security.NONE)) {
            trio.startAll();
            trio.mustAppend(0, "log", 1, "a");
            trio.stop(1);
            trio.stop(2);

            var held = trio.append(0, "log", 2, "b");
            await("it to notice").atMost(Duration.ofSeconds(30)).until(() -> {
                trio.journal(0).look();
                return trio.journal(0).problem().filter(why -> why.contains("has no leader")).isPresent();
            });
            assertFalse(held.isDone());
            trio.start(1, SOON);

            held.get(30, TimeUnit.SECONDS);
            assertEquals(List.of("a", "b"), trio.read(1, "log"));
        }
    }

    @Test
    void shouldTakeNoPartWithADirectoryThatWasLostOrSetBack() throws Exception {
        try (Trio trio = new Trio(directory, Security.NONE)) {
            trio.startAll();
            trio.mustAppend(0, "log", 1, "a");
            trio.stop(2);
            Path kept = directory.resolve("kept");
            copy(trio.directory(2), kept);
            trio.start(2, SOON);
            await("the others to meet it").until(() -> trio.read(2, "log").equals(List.of("a")));
            trio.stop(2);

            delete(trio.directory(2));
            IOException lost = assertThrows(IOException.class, () -> trio.start(2, SOON));
            assertTrue(lost.getMessage().contains("was lost, or begun anew"), lost.getMessage());

            delete(trio.directory(2));
            trio.said.clear();
            copy(kept, trio.directory(2));
            for (int i = 0; i < 2; i++) {
                trio.start(2, SOON);
                await("its first connections, however often it is started").atMost(Duration.ofSeconds(20))
                        .until(() -> trio.said.stream().anyMatch(line -> line.contains("connection with")));
                trio.said.clear();
                trio.stop(2);
            }
            trio.start(2, SOON);
            trio.said.clear();
            await("it to be refused").atMost(Duration.ofSeconds(20)).until(() -> trio.said.stream()
                    .anyMatch(line -> line.contains("connection with")));
            assertTrue(trio.refusals().stream().anyMatch(why -> why.contains("its directory is set back")),
                    trio.refusals().toString());
            trio.mustAppend(0, "log", 2, "b");
            assertEquals(0, trio.journal(2).ledger().events("log", 2, 2).size(), "it hears nothing");
        }
    }

    @Test
    void shouldTellHowItsMembersStand() throws Exception {
        try (Trio trio = new Trio(directory, Security.NONE)) {
            trio.startAll();
            trio.mustAppend(0, "log", 1, "a");

            GroupStanding led = standing(trio, now -> now.role().equals("leader") && now.members().stream().allMatch(
                    one -> Long.valueOf(now.lastIndex()).equals(one.heldIndex()) && one.isWithin()));
            GroupStanding following = standing(trio, now -> now.role().equals("follower") && now.leader() != null);

            assertEquals(led.self(), led.leader());
            assertEquals(Set.copyOf(trio.names),
                    led.members().stream().map(GroupStanding.Place::name).collect(Collectors.toSet()));
            assertEquals(3, led.members().stream().filter(GroupStanding.Place::isVoter)
                    .map(GroupStanding.Place::identity).filter(id -> id.length() == 32).distinct().count());
            assertNull(following.members().stream().filter(one -> !one.name().equals(following.self())).findFirst()
                    .orElseThrow().silentMs(), "only the leader knows");
            String away = following.self();
            trio.stop(trio.names.indexOf(away));
            standing(trio, now -> now.role().equals("leader") && now.members().stream().anyMatch(one ->
                    one.name().equals(away) && !one.isWithin() && one.silentMs() > 1_000));
        }
    }

    /** Of whichever member it is so. */
    private static GroupStanding standing(Trio trio, Predicate<GroupStanding> is) {
        GroupStanding[] found = new GroupStanding[1];
        await("its members").atMost(Duration.ofSeconds(60)).until(() -> {
            for (int i = 0; i < 3 && found[0] == null; i++) {
                if (trio.journal(i) != null) {
                    trio.journal(i).look();
                    found[0] = trio.journal(i).group().filter(is).orElse(null);
                }
            }
            return found[0] != null;
        });
        return found[0];
    }

    @Test
    void shouldBeginNoGroupAlone() {
        try (Trio trio = new Trio(directory, Security.NONE)) {
            IOException alone = assertThrows(IOException.class, () -> trio.start(0, Duration.ofSeconds(2)));

            assertTrue(alone.getMessage().contains("were not met"), alone.getMessage());
        }
    }

    @Test
    void shouldGiveARowToOneOfTwoThatWriteIt() throws Exception {
        try (Trio trio = new Trio(directory, Security.NONE)) {
            trio.startAll();
            ClusterRow first = trio.journal(0).clusterRow().orElseThrow();
            assertEquals("row cluster of the replicated journal", first.where());
            ClusterRow second = trio.journal(1).clusterRow().orElseThrow();
            ClusterRow.Seen nothing = get(first.read());
            assertEquals(ClusterRow.Seen.NOTHING, nothing);

            ClusterRow.Seen one = get(first.replace(nothing, "one", Optional.of(Duration.ofSeconds(20))));
            ClusterRow.Seen other = get(second.replace(nothing, "other", Optional.of(Duration.ofSeconds(20))));

            assertEquals(Optional.of("one"), one.text());
            assertEquals(Optional.of("one"), other.text());
            assertTrue(other.isLiving());
            ClusterRow.Seen changed = get(second.replace(other, "more", Optional.empty()));
            assertEquals(Optional.of("more"), changed.text());
            assertEquals(other.stamp(), changed.stamp(), "it is not renewed");
            ClusterRow.Seen ended = get(first.replace(changed, "more", Optional.of(Duration.ofMillis(1))));
            assertTrue(ended.stamp() > changed.stamp());
            await("its end").until(() -> !get(second.read()).isLiving());
        }
    }

    /** Who keeps the row is told soon that it cannot be asked, and looks anew; a log's write is held for longer. */
    @Test
    void shouldSayOfARowThatItCannotBeAskedWhileWritesAreHeld() throws Exception {
        try (Trio trio = new Trio(directory, Security.NONE)) {
            trio.holdFor = Duration.ofMinutes(9);
            trio.startAll();
            ClusterRow row = trio.journal(0).clusterRow().orElseThrow();
            ClusterRow.Seen one = get(row.replace(get(row.read()), "one", Optional.of(Duration.ofSeconds(20))));
            trio.stop(1);
            trio.stop(2);

            var held = trio.append(0, "log", 1, "a");
            for (var asked : List.of(row.read(), row.replace(one, "two", Optional.of(Duration.ofSeconds(20))))) {
                ExecutionException why = assertThrows(ExecutionException.class, () -> get(asked));
                assertTrue(why.getCause() instanceof IOException, why.toString());
            }

            assertFalse(held.isDone(), "it is held");
            trio.start(1, SOON);
            held.get(30, TimeUnit.SECONDS);
            await("the row").atMost(Duration.ofSeconds(30)).until(() -> row.read().handle((seen, why) ->
                    why == null && seen.text().isPresent()).toCompletableFuture().get(30, TimeUnit.SECONDS));
        }
    }

    private static ClusterRow.Seen get(java.util.concurrent.CompletionStage<ClusterRow.Seen> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static void delete(Path of) throws IOException {
        try (Stream<Path> files = Files.list(of)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }
}
