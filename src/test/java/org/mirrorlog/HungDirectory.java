package org.mirrorlog;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A directory on a disk that hangs: a file system of FUSE whose server takes requests and answers none. Whoever asks it
 * for anything waits, and cannot be killed, until {@link #fail} takes the server away; then all fail. Needs root.
 */
public final class HungDirectory implements AutoCloseable {
    /** Answers the first request, by which the kernel and its server meet (FUSE 7.31), and reads on. */
    private static final String SERVER = """
            exec 3<>/dev/fuse
            mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 hangs "$1" || exit 1
            dd bs=135168 count=1 status=none <&3 >"$2"
            { printf '\\x50\\0\\0\\0\\0\\0\\0\\0'; tail -c +9 "$2" | head -c 8
              printf '\\7\\0\\0\\0\\37\\0\\0\\0'; head -c 56 /dev/zero; } >"$2.answer"
            dd bs=80 count=1 status=none if="$2.answer" >&3
            echo hangs
            while dd bs=135168 count=1 status=none <&3 >/dev/null; do :; done
            """;

    private final Path path;
    private final Process server;

    private HungDirectory(Path path, Process server) {
        this.path = path;
        this.server = server;
    }

    /**
     * Makes it; the test is skipped where that cannot be.
     *
     * @param path a directory that is made for it
     */
    public static HungDirectory at(Path path) throws IOException {
        assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "no FUSE here");
        Files.createDirectory(path);
        Process server = new ProcessBuilder("bash", "-c", SERVER, "server", path.toString(), path + ".first")
                .redirectErrorStream(true).start();
        HungDirectory made = new HungDirectory(path, server);
        BufferedReader said = server.inputReader();
        String first = said.readLine();
        if (!"hangs".equals(first)) {
            made.close();
        }
        assumeTrue("hangs".equals(first), "FUSE cannot be mounted here: " + first);
        return made;
    }

    /** From now on nothing hangs: all that is asked of it fails. */
    public void fail() {
        List<ProcessHandle> readers = server.descendants().toList();
        server.destroyForcibly();
        readers.forEach(ProcessHandle::destroyForcibly);
        try {
            server.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The same, and nothing is left of it. */
    @Override
    public void close() throws IOException {
        fail();
        Commands.tryRun(List.of("umount", "-l", path.toString()));
    }
}
