package org.mirrorlog.fleet;

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
 * The program that the daemons run to suspend, resume and wake the mirrors of their emulated kernels
 * ({@code mirrorlog.kernel.tables-command}): it leaves a file per call, which this thread does and removes.
 */
final class FleetTables implements AutoCloseable {
    private static final String SCRIPT = """
            #!/bin/sh
            request="$(dirname "$0")/$MIRRORLOG_NODE $1 $$.call"
            : > "$request"
            for i in $(seq 600); do [ -e "$request" ] || exit 0; sleep 0.05; done
            exit 1
            """;

    private static final long END_MS = 5_000;

    private final Path directory;
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "fleet-tables");
    private volatile Fleet fleet;
    private volatile boolean isClosing;

    FleetTables() throws IOException {
        directory = Files.createTempDirectory("fleet-tables");
        Files.writeString(program(), SCRIPT);
        Files.setPosixFilePermissions(program(), PosixFilePermissions.fromString("rwx------"));
    }

    private Path program() {
        return directory.resolve("tables");
    }

    /** The setting that makes daemons use it. */
    String setting() {
        return "mirrorlog.kernel.tables-command.0=" + program();
    }

    /** From now on calls are done on this fleet's machines. */
    void serve(Fleet which) {
        fleet = which;
        thread.setDaemon(true);
        thread.start();
    }

    /** Calls so far: node name, blank, what was to be done. */
    List<String> done() {
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
        for (int i = 1; i <= fleet.count(); i++) {
            if (fleet.node(i).name().equals(words[0])) {
                act(fleet.machine(i), words[1]);
            }
        }
        done.add(words[0] + " " + words[1]);
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void act(FleetMachine machine, String verb) {
        switch (verb) {
            case "suspend" -> machine.suspend();
            case "resume" -> machine.resume();
            case "kick" -> machine.kick();
            default -> throw new IllegalArgumentException(verb);
        }
    }

    @Override
    public void close() throws IOException {
        isClosing = true;
        thread.interrupt();
        try {
            thread.join(END_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Fleet.delete(directory);
    }
}
