package org.mirrorlog;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Programs of this machine that run to their end. */
public final class Commands {
    private Commands() {
    }

    /**
     * How a program has ended.
     *
     * @param status of its exit
     * @param text that it has said, on either output
     */
    public record Ended(int status, String text) { }

    /** Runs a program, whatever it exits with. IOException: it cannot be started. */
    public static Ended tryRun(List<String> command) throws IOException {
        return toItsEnd(command, new ProcessBuilder(command));
    }

    private static Ended toItsEnd(List<String> command, ProcessBuilder builder) throws IOException {
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Ended(process.waitFor(), text);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + command, e);
        }
    }

    /** Runs a program that must succeed; fails with what it has said. */
    public static String run(List<String> command) throws IOException {
        return orFail(command, tryRun(command));
    }

    /** The same for a user who may not be allowed to enter this directory. */
    public static String runAtRoot(List<String> command) throws IOException {
        return orFail(command, toItsEnd(command, new ProcessBuilder(command).directory(new File("/"))));
    }

    private static String orFail(List<String> command, Ended ended) throws IOException {
        if (ended.status() != 0) {
            throw new IOException(command + " ended with " + ended.status() + ": " + ended.text());
        }
        return ended.text();
    }
}
