package org.mirrorlog;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** D22: whatever happens to the suspend, the resume follows; and what must not be touched is not. */
@Timeout(90)
class ReactivatorTest {
    private final AtomicLong clockMs = new AtomicLong(1_000);

    @TempDir
    private Path dir;

    /** A command that notes its words and then does this. */
    private Reactivator with(String script) throws IOException {
        Path program = dir.resolve("tables");
        Files.writeString(program, "#!/bin/sh\necho \"$*\" >> " + dir.resolve("calls") + "\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new Reactivator("node-a", List.of(program.toString(), "here"), clockMs::get);
    }

    private List<String> calls() throws IOException {
        Path calls = dir.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    private void awaitCalls(String... expected) {
        await("the command's calls").atMost(60, TimeUnit.SECONDS).until(() -> calls().size() >= expected.length);
        try {
            assertEquals(List.of(expected), calls());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void d22ShouldSuspendAndResume() throws IOException {
        with("true").reactivate("LVM-1");

        awaitCalls("here suspend LVM-1", "here resume LVM-1");
    }

    @Test
    void d22ShouldResumeAfterASuspendThatFailed() throws IOException {
        with("[ $2 = resume ]").reactivate("LVM-1");

        awaitCalls("here suspend LVM-1", "here resume LVM-1");
    }

    @Test
    void d22ShouldNotResumeWhatItWasNotAllowedToSuspend() throws IOException {
        Reactivator reactivator = with("exit 3");

        reactivator.reactivate("LVM-1");
        awaitCalls("here suspend LVM-1");
        await("the next attempt").atMost(60, TimeUnit.SECONDS).until(() -> {
            clockMs.addAndGet(10_000);
            reactivator.reactivate("LVM-1");
            return calls().size() > 1;
        });

        assertTrue(calls().stream().allMatch("here suspend LVM-1"::equals), calls().toString());
    }

    @Test
    @Tag("slow")
    void d22ShouldResumeThoughItsShellIsKilled() throws IOException, InterruptedException {
        Path pid = dir.resolve("pid");
        with("[ $2 = resume ] || { ps -o ppid= -p $PPID > " + pid + "; exec sleep 300; }").reactivate("LVM-1");
        await("the suspend").atMost(60, TimeUnit.SECONDS).until(() -> Files.exists(pid) && Files.size(pid) > 1);

        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).ifPresent(ProcessHandle::destroyForcibly);

        awaitCalls("here suspend LVM-1", "here resume LVM-1");
    }

    @Test
    void shouldNotStartTwiceForOneMirror() throws IOException {
        Reactivator reactivator = with("[ $2 = resume ] || sleep 2");

        for (int i = 0; i < 20; i++) {
            reactivator.reactivate("LVM-1");
        }
        reactivator.reactivate("LVM-2");

        await("both").atMost(60, TimeUnit.SECONDS).until(() -> calls().size() >= 4);
        assertEquals(4, calls().size(), calls().toString());
    }

    /** A dmsetup that knows one mirror, whose name has blanks, and says this of its tables. */
    private Reactivator withDmsetup(String tablesLoaded, String suspended) throws IOException {
        Path program = dir.resolve("dmsetup");
        Files.writeString(program, """
                #!/bin/sh
                case "$*" in
                  "table --target mirror")
                    echo "other: 0 2048 mirror userspace 3 LVM-10 clustered-core 1024 2 254:1 0 254:2 0"
                    echo "my mirror: 0 2048 mirror userspace 4 LVM-1 clustered-disk 254:3 1024 2 254:1 0 254:2 0" ;;
                  "info -c --noheadings -o tables_loaded -- my mirror") echo "%s" ;;
                  "info -c --noheadings -o suspended -- my mirror") echo "%s" ;;
                  *) echo "$*" >> %s ;;
                esac
                """.formatted(tablesLoaded, suspended, dir.resolve("calls")));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new Reactivator(Map.of("PATH", dir + ":" + System.getenv("PATH")), List.of(), clockMs::get);
    }

    @Test
    void d22ShouldSuspendAndResumeTheMirrorThatUsesTheLog() throws IOException {
        withDmsetup("Live", "Active").reactivate("LVM-1");

        awaitCalls("suspend --nolockfs -- my mirror", "resume -- my mirror");
    }

    @ParameterizedTest
    @CsvSource({"Both, Active, LVM-1", "Live, Suspended, LVM-1", "Live, Active, LVM-2"})
    void d22ShouldLeaveAMirrorAloneWhoseResumeWouldDoMore(String loaded, String suspended, String uuid)
            throws Exception {
        Reactivator reactivator = withDmsetup(loaded, suspended);

        reactivator.reactivate(uuid);
        await("its end").atMost(60, TimeUnit.SECONDS).until(() -> !reactivator.isAtWork(uuid));

        assertEquals(List.of(), calls());
    }

    @Test
    void shouldWakeByTheCommand() throws IOException {
        with("true").wake("LVM 1");

        awaitCalls("here kick LVM 1");
    }
}
