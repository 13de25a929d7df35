package org.mirrorlog.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mirrorlog.emulator.EmulatedMachine;

/**
 * Asks all nodes of a fleet for their probes, over and over, and says at the end what must not have happened: a probe
 * without an answer, a kernel's request that waited until it was sent again, a socket that is still held.
 */
final class Watch implements AutoCloseable {
    /** After so long a kernel sends a request again, and a supervisor gives a probe up. */
    private static final Duration RESENT = Duration.ofSeconds(15);
    private static final long PAUSE_MS = 100;
    private static final int FEWEST = 3;

    private final Fleet fleet;
    private final Map<FleetNode, Long> sockets;
    private final List<String> unanswered = new CopyOnWriteArrayList<>();
    private final AtomicInteger rounds = new AtomicInteger();
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(RESENT).build();
    private final Thread thread = new Thread(this::ask, "fleet-watch");
    private volatile boolean isOver;

    private Watch(Fleet fleet) {
        this.fleet = fleet;
        this.sockets = fleet.nodes().stream().collect(Collectors.toMap(Function.identity(), Watch::sockets));
        fleet.kernels().run(() -> fleet.kernels().machines().forEach(EmulatedMachine::takeLongestRequestMs));
    }

    static Watch over(Fleet fleet) {
        Watch watch = new Watch(fleet);
        watch.thread.setDaemon(true);
        watch.thread.start();
        return watch;
    }

    private static long sockets(FleetNode node) {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + node.pid() + "/fd"))) {
            return open.filter(Watch::isSocket).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (NoSuchFileException e) {
            return false; // closed since it was listed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void ask() {
        while (!isOver) {
            for (FleetNode node : fleet.nodes()) {
                probe(node, "/alive", List.of(200));
                // Not ready is an answer as well: a busy machine may lose sight of a node for a moment.
                probe(node, "/ready", List.of(200, 500));
            }
            rounds.incrementAndGet();
            Waiting.pause(PAUSE_MS);
        }
    }

    private void probe(FleetNode node, String path, List<Integer> fine) {
        URI uri = URI.create("http://" + node.host() + ":8558" + path);
        try {
            int status = client.send(HttpRequest.newBuilder(uri).timeout(RESENT).build(),
                    HttpResponse.BodyHandlers.discarding()).statusCode();
            if (!fine.contains(status)) {
                unanswered.add(uri + ": " + status);
            }
        } catch (IOException e) {
            unanswered.add(uri + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            isOver = true;
        }
    }

    /** Whoever was there has left by now. */
    void end(String what) {
        for (FleetNode node : fleet.nodes()) {
            Waiting.until(node.name() + " to have no more sockets than " + sockets.get(node) + " after " + what,
                    Fleet.LIMIT, () -> sockets(node) <= sockets.get(node), () -> sockets(node) + "; " + node.tail());
        }
        int asked = rounds.get();
        Waiting.until("the probes after " + what, Fleet.LIMIT, () -> rounds.get() >= Math.max(asked + 1, FEWEST),
                unanswered::toString);
        close();
        List<String> wrong = new ArrayList<>(unanswered);
        long oldestMs = fleet.kernels().call(() -> fleet.kernels().machines().stream()
                .mapToLong(EmulatedMachine::takeLongestRequestMs).max().orElseThrow());
        if (oldestMs >= RESENT.toMillis()) {
            wrong.add("a request waited for " + oldestMs + " ms");
        }
        System.out.println(what + ": oldest request " + oldestMs + " ms, " + rounds + " rounds of probes");
        if (!wrong.isEmpty()) {
            throw new AssertionError("during " + what + ": " + wrong + "\n" + fleet.state());
        }
    }

    @Override
    public void close() {
        isOver = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(2 * RESENT.toSeconds()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
