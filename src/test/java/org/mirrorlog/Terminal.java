package org.mirrorlog;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program on a terminal of its own: what is typed, and all that is shown. */
public final class Terminal implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Process process;
    private final StringBuffer shown = new StringBuffer();

    private Terminal(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "terminal");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a line of a shell on a terminal of 80 columns and 24 rows. */
    public static Terminal start(String line, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("script", "-qfec", "stty rows 24 cols 80; exec " + line,
                "/dev/null").redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.environment().putIfAbsent("TERM", "xterm");
        return new Terminal(builder.start());
    }

    private void read() {
        byte[] bytes = new byte[4096];
        try (InputStream in = process.getInputStream()) {
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                shown.append(new String(bytes, 0, n, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            shown.append(e);
        }
    }

    /** Presses these keys. */
    public void type(String keys) throws IOException {
        OutputStream out = process.getOutputStream();
        out.write(keys.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** Waits until it has been shown. */
    public void awaitShown(String text) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).conditionEvaluationListener(null)
                .until(() -> shown.indexOf(text) >= 0 || failed(text));
    }

    private boolean failed(String text) {
        if (!process.isAlive() && shown.indexOf(text) < 0) {
            throw new AssertionError("ended without " + text + ": " + shown);
        }
        return false;
    }

    /** Everything since the start, with what moves the cursor. */
    public String shown() {
        return shown.toString();
    }

    /** Waits for its end; the exit status. */
    public int awaitEnd() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still there: " + shown);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
