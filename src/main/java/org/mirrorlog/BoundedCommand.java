package org.mirrorlog;

import java.io.IOException;
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
final class BoundedCommand {
    private static final int MOST_OUTPUT_BYTES = 4096;
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private BoundedCommand() {
    }

    /**
     * Starts it.
     *
     * @param environment added to the daemon's own
     * @param isLeftAlone after its time the program is left running and not waited for; else it is killed
     * @return fails with an IOException whose message says what went wrong
     */
    static CompletionStage<Void> run(List<String> line, Map<String, String> environment, Duration timeout,
            boolean isLeftAlone) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                wait(start(line, environment), line, timeout, isLeftAlone);
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            } catch (InterruptedException e) {
                done.completeExceptionally(new IOException(line.get(0) + ": not waited for, the daemon stops", e));
            }
        }, "mirrorlog-command");
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    private static Process start(List<String> line, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return process;
    }

    private static void wait(Process process, List<String> line, Duration timeout, boolean isLeftAlone)
            throws IOException, InterruptedException {
        CompletableFuture<String> said = new CompletableFuture<>();
        Thread reader = new Thread(() -> said.complete(output(process)), "mirrorlog-command-output");
        reader.setDaemon(true);
        reader.start();
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            if (!isLeftAlone) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            throw new IOException(line.get(0) + " did not end within " + timeout.toSeconds() + " s");
        }
        if (process.exitValue() != 0) {
            String text = said.completeOnTimeout("", LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS).join().strip();
            throw new IOException(line.get(0) + " ended with status " + process.exitValue()
                    + (text.isEmpty() ? "" : ": " + text.replaceAll("\\s*\n\\s*", " | ")));
        }
    }

    /** Reads to the end, so that the program never waits for us; keeps the beginning. */
    private static String output(Process process) {
        try (var stream = process.getInputStream()) {
            byte[] kept = stream.readNBytes(MOST_OUTPUT_BYTES);
            stream.transferTo(java.io.OutputStream.nullOutputStream());
            return new String(kept, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(its output cannot be read: " + e.getMessage() + ")";
        }
    }
}
