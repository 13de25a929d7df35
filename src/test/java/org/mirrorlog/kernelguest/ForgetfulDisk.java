package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A disk for a data directory that can lose its power: a real ext4 in a file, which is cut off from it in the middle
 * of work ({@code forget.c}). What was not forced until then is not there afterwards.
 *
 * <p>Only the daemon sees it mounted, in a mount namespace of its own; mount and loop device end with the daemon.
 */
final class ForgetfulDisk {
    /** Nothing is written unless it is forced; for ten minutes at least, by this file system's own timer. */
    private static final String OPTIONS = "loop,commit=600,data=writeback,noauto_da_alloc";
    private static final Duration UNMOUNT_LIMIT = Duration.ofSeconds(60);

    private final Path program;
    private final Path file;
    private Path mountPoint;

    private ForgetfulDisk(Path program, Path file) {
        this.program = program;
        this.file = file;
    }

    /** An empty one in that directory, which holds nothing else of the names that the lab gives. */
    static ForgetfulDisk make(Path directory) {
        Shell.run(GuestImage.SCRIPT.toString(), "forgetful", directory.toString());
        return new ForgetfulDisk(directory.resolve("forget"), directory.resolve("data"));
    }

    /** The beginning of a command that mounts it there and becomes what the rest of the command says. */
    List<String> mountedOn(Path directory) {
        awaitUnmounted();
        mountPoint = directory;
        return List.of("unshare", "--mount", "--propagation", "private", "sh", "-c",
                "mkdir -p \"$1\" && mount -o " + OPTIONS + " \"$0\" \"$1\" && shift && exec \"$@\"",
                file.toString(), directory.toString());
    }

    /** Forgets what was not forced; from now on that process, the one that has it mounted, can force nothing more. */
    void forget(Process owner) {
        Shell.run(program.toString(), "/proc/" + owner.pid() + "/root" + mountPoint);
    }

    /** Keeps what it holds, for somebody to look at. */
    void copyTo(Path directory) throws IOException {
        awaitUnmounted();
        Files.copy(file, directory.resolve("data"));
    }

    private void awaitUnmounted() {
        Await.until("the end of the loop device of " + file, UNMOUNT_LIMIT,
                () -> Shell.run("losetup", "--associated", file.toString()), String::isEmpty);
    }
}
