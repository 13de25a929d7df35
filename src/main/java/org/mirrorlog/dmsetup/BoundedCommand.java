package org.mirrorlog.dmsetup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program for a bounded time, on a thread of its own. Succeeds with exit status 0 only. At most 4 KiB of what it
 * says are kept, for the message of a failure.
 */
public final class BoundedCommand {
    private static final int MOST_OUTPUT_BYTES = 4096;
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private BoundedCommand() {
    }

    private record Limits(Duration timeout, boolean isLeftAlone, int keptBytes) { }

    /**
     * Starts it.
     *
     * @param environment added to the daemon's own
     * @param isLeftAlone after its time the program is left running and not waited for; else it is killed
     * @return fails with an IOException whose message says what went wrong
     */
    public static CompletionStage<Void> run(List<String> line, Map<String, String> environment, Duration timeout,
            boolean isLeftAlone) {
        return start(line, environment, new Limits(timeout, isLeftAlone, MOST_OUTPUT_BYTES))
                .thenAccept(said -> { });
    }

    /**
     * Starts it, for what it says; it is killed after its time. What the program itself has said is whole when it has
     * ended; a process that it leaves behind, and that can still write there, is a failure where it is noticed.
     *
     * @param mostBytes to say more is a failure, too
     * @return all of it, one character for each byte; fails with an IOException whose message says what went wrong
     */
    public static CompletionStage<String> output(List<String> line, Duration timeout, int mostBytes) {
        return start(line, Map.of("LC_ALL", "C"), new Limits(timeout, false, mostBytes + 1))
                .thenCompose(said -> said.completeOnTimeout(null, LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS))
                .thenCompose(said -> {
                    if (said == null || said.length > mostBytes) {
                        return CompletableFuture.failedStage(new IOException(line.get(0) + (said == null
                                ? " has left somebody behind who may say more" : " said more than " + mostBytes
                                + " bytes")));
                    }
                    return CompletableFuture.completedStage(new String(said, StandardCharsets.ISO_8859_1));
                });
    }

    /** Completed with its output, which may not be whole yet, when it has ended with status 0. */
    private static CompletionStage<CompletableFuture<byte[]>> start(List<String> line, Map<String, String> environment,
            Limits limits) {
        CompletableFuture<CompletableFuture<byte[]>> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                done.complete(wait(start(line, environment), line, limits));
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            } catch (InterruptedException e) {
                done.completeExceptionally(new IOException(line.get(0) + ": not waited for, the daemon stops", e));
            }
        }, "mirrorlog-command");
        try {
            Threads.start(thread);
        } catch (IllegalStateException e) {
            done.completeExceptionally(new IOException(line.get(0) + ": " + e.getMessage(), e));
        }
        return done;
    }

    private static Process start(List<String> line, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return process;
    }

    private static CompletableFuture<byte[]> wait(Process process, List<String> line, Limits limits)
            throws IOException, InterruptedException {
        CompletableFuture<byte[]> said = new CompletableFuture<>();
        Thread reader = new Thread(() -> read(process, limits.keptBytes(), said), "mirrorlog-command-output");
        try {
            Threads.start(reader);
        } catch (IllegalStateException e) {
            process.destroyForcibly();
            throw e;
        }
        if (!process.waitFor(limits.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
            if (!limits.isLeftAlone()) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            throw new IOException(line.get(0) + " did not end within " + limits.timeout().toSeconds() + " s");
        }
        if (process.exitValue() != 0) {
            String text = said.thenApply(bytes -> new String(bytes, StandardCharsets.UTF_8))
                    .exceptionally(failure -> "(its output cannot be read: " + failure.getMessage() + ")")
                    .completeOnTimeout("", LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS).join().strip();
            throw new IOException(line.get(0) + " ended with status " + process.exitValue()
                    + (text.isEmpty() ? "" : ": " + text.replaceAll("\\s*\n\\s*", " | ")));
        }
        return said;
    }

    /** Reads to the end, so that the program never waits for us; keeps the beginning. */
    private static void read(Process process, int keptBytes, CompletableFuture<byte[]> said) {
        try (var stream = process.getInputStream()) {
            byte[] kept = stream.readNBytes(keptBytes);
            stream.transferTo(OutputStream.nullOutputStream());
            said.complete(kept);
        } catch (IOException e) {
            said.completeExceptionally(e);
        }
    }
}
