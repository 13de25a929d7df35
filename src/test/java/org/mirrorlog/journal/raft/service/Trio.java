package org.mirrorlog.journal.raft.service;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mirrorlog.journal.EncodedWrites;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.raft.net.Security;

/** Members in this process, over real connections and on real files, each of which can be ended and started again. */
final class Trio implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(40);

    /** How long what cannot be written is held; of members that are started from now on. */
    Duration holdFor = Duration.ofSeconds(20);
    final List<String> names;
    final List<String> said = new CopyOnWriteArrayList<>();
    private final List<String> refusals = new CopyOnWriteArrayList<>();
    private final Path directory;
    private final Security security;
    private final List<ReplicatedJournal> journals = new ArrayList<>();
    private final List<RunningMember> members = new ArrayList<>();

    Trio(Path directory, Security security) {
        this.directory = directory;
        this.security = security;
        this.names = Alone.members(3);
        names.forEach(name -> {
            journals.add(null);
            members.add(null);
        });
    }

    Path directory(int i) {
        return directory.resolve("member-" + i);
    }

    ReplicatedSettings settings(int i, Duration startWithin) {
        return new ReplicatedSettings(names, names.get(i), directory(i), startWithin, holdFor,
                Duration.ofSeconds(6), false);
    }

    /** All at a time, as a first start needs it. */
    void startAll() throws Exception {
        List<Future<?>> starts = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            int which = i;
            starts.add(CompletableFuture.runAsync(() -> {
                try {
                    start(which, LIMIT);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (Future<?> start : starts) {
            start.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    void start(int i, Duration within) throws IOException {
        RunningMember member = RunningMember.start(settings(i, within), new RunningMember.Surroundings(security,
                new Lines(), System::nanoTime, new Random(), why -> said.add("failed: " + why)));
        synchronized (this) {
            members.set(i, member);
            journals.set(i, new ReplicatedJournal(member, settings(i, within), new Lines(), System::nanoTime));
        }
    }

    ReplicatedJournal journal(int i) {
        return journals.get(i);
    }

    /** Why members were not let in, all of it. */
    List<String> refusals() {
        return List.copyOf(refusals);
    }

    /** Ends it; nobody is told. */
    void stop(int i) {
        journals.get(i).close();
        journals.set(i, null);
    }

    /** Number of the one that leads, as somebody who runs knows it. */
    int leader() {
        int[] found = {-1};
        await("a leader").atMost(LIMIT).until(() -> {
            for (int i = 0; i < names.size(); i++) {
                if (journals.get(i) != null) {
                    String leader = members.get(i).member().leader().orElse("");
                    found[0] = names.indexOf(leader);
                    if (found[0] >= 0 && journals.get(found[0]) != null) {
                        return true;
                    }
                }
            }
            return false;
        });
        return found[0];
    }

    /** What becomes of an append through a member. */
    CompletableFuture<Void> append(int i, String log, long first, String text) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        journals.get(i).append(new EncodedWrites(log, "writer", first,
                List.of(text.getBytes(StandardCharsets.UTF_8)), List.of()), failure -> {
                    if (failure == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(failure);
                    }
                });
        return done;
    }

    void mustAppend(int i, String log, long first, String text) throws Exception {
        append(i, log, first, text).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** All events of a log, as a replay through a member finds them. */
    List<String> read(int i, String log) throws ExecutionException, InterruptedException, TimeoutException {
        journals.get(i).caughtUp(log).toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        return journals.get(i).ledger().events(log, 1, Long.MAX_VALUE).values().stream()
                .map(event -> new String(event, StandardCharsets.UTF_8)).toList();
    }

    private final class Lines implements JournalLog {
        @Override
        public void info(String line) {
            said.add(line);
            refusals.add(line);
        }

        @Override
        public void warn(String line) {
            said.add(line);
        }

        @Override
        public void error(String line) {
            said.add(line);
        }
    }

    @Override
    public void close() {
        journals.stream().filter(journal -> journal != null).forEach(ReplicatedJournal::close);
    }
}
