package org.mirrorlog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The program that daemons run to suspend, resume and wake mirrors ({@code mirrorlog.kernel.tables-command}): it leaves
 * a file per call, which a thread of this JVM does and removes.
 */
public final class TablesProgram implements AutoCloseable {
    private static final String SCRIPT = """
            #!/bin/sh
            request="$(dirname "$0")/$MIRRORLOG_NODE $1 $$.call"
            : > "$request"
            for i in $(seq 1200); do [ -e "$request" ] || exit 0; sleep 0.05; done
            exit 1
            """;
    private static final long END_MS = 5_000;

    private final Path directory;
    private final List<String> done = new CopyOnWriteArrayList<>();
    private volatile Tables tables;
    private final Thread thread = new Thread(this::run, "tables-program");
    private volatile boolean isClosing;

    /** Mirrors on one machine or on several. */
    public interface Tables {
        /** @param verb suspend, resume or kick */
        void act(String node, String verb);
    }

    /** @param directory empty, and left to the caller */
    public TablesProgram(Path directory) throws IOException {
        this.directory = directory;
        Files.writeString(program(), SCRIPT);
        Files.setPosixFilePermissions(program(), PosixFilePermissions.fromString("rwx------"));
    }

    private Path program() {
        return directory.resolve("tables");
    }

    /** The setting that makes daemons use it. */
    public String setting() {
        return "mirrorlog.kernel.tables-command.0=" + program();
    }

    /** From now on calls are done, one after the other. */
    public void serve(Tables which) {
        tables = which;
        thread.setDaemon(true);
        thread.start();
    }

    /** Calls so far: node name, blank, what was to be done. */
    public List<String> done() {
        return List.copyOf(done);
    }

    private void run() {
        while (!isClosing) {
            try (Stream<Path> files = Files.list(directory)) {
                files.filter(file -> file.toString().endsWith(".call")).sorted().forEach(this::call);
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void call(Path file) {
        String[] words = file.getFileName().toString().split(" ");
        tables.act(words[0], words[1]);
        done.add(words[0] + " " + words[1]);
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        isClosing = true;
        thread.interrupt();
        try {
            thread.join(END_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
