package org.mirrorlog.kernelguest;

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
 * The program that a daemon outside runs to suspend, resume and wake the mirror in its guest
 * ({@code mirrorlog.kernel.tables-command}): it leaves a file per call, which this thread does and removes.
 */
final class GuestTables implements AutoCloseable {
    private static final String SCRIPT = """
            #!/bin/sh
            request="$(dirname "$0")/$1 $$.call"
            : > "$request"
            for i in $(seq 600); do [ -e "$request" ] || exit 0; sleep 0.1; done
            exit 1
            """;

    private final KernelLab lab;
    private final String mirror;
    private final Path directory;
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "guest-tables");
    private volatile boolean isClosing;

    /** @param mirror its name in the guest */
    GuestTables(KernelLab lab, String mirror) throws IOException {
        this.lab = lab;
        this.mirror = mirror;
        directory = Files.createDirectories(lab.directory().resolve("tables"));
        Files.writeString(program(), SCRIPT);
        Files.setPosixFilePermissions(program(), PosixFilePermissions.fromString("rwx------"));
        thread.setDaemon(true);
        thread.start();
    }

    private Path program() {
        return directory.resolve("tables-command");
    }

    /** The setting that makes the daemon use it. */
    String setting() {
        return "-Dmirrorlog.kernel.tables-command.0=" + program();
    }

    /** What was done so far: suspend, resume, kick. */
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
        String verb = file.getFileName().toString().split(" ")[0];
        switch (verb) {
            case "suspend", "resume" -> lab.inGuest("dmsetup " + verb + " " + mirror);
            case "kick" -> lab.inGuest("dd if=/dev/mapper/" + mirror + " of=/dev/null bs=4k count=1 iflag=direct");
            default -> throw new IllegalArgumentException(verb);
        }
        done.add(verb);
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
    }
}
