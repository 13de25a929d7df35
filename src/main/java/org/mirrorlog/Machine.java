package org.mirrorlog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What settings take from the machine where they name it.
 *
 * @param hostname its name
 * @param bootId the kernel's random boot id
 */
record Machine(String hostname, String bootId) {
    private static final Path KERNEL = Path.of("/proc/sys/kernel");

    /** This machine, from /proc. Throws UncheckedIOException where /proc cannot be read. */
    static Machine current() {
        return new Machine(line("hostname"), line("random/boot_id"));
    }

    private static String line(String name) {
        try {
            return Files.readString(KERNEL.resolve(name)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + KERNEL.resolve(name), e);
        }
    }
}
