package org.mirrorlog.dmsetup;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mirrorlog.OddNames;

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
        return new Reactivator("node-a", List.of(program.toString(), "here"), uuid -> Optional.empty(),
                clockMs::get);
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

    /** A dmsetup that says this of the tables of a mirror whose name has a blank; its suspend also does this. */
    private Reactivator withDmsetup(String tablesLoaded, String suspended, String meanwhile) throws IOException {
        Path program = dir.resolve("dmsetup");
        Files.writeString(dir.resolve("tables_loaded"), tablesLoaded);
        Files.writeString(dir.resolve("suspended"), suspended);
        Files.writeString(program, """
                #!/bin/sh
                cd %s
                case "$*" in
                  "info -c --noheadings -o tables_loaded -- my mirror") touch looked; cat tables_loaded; exit ;;
                  "info -c --noheadings -o suspended -- my mirror") cat suspended; exit ;;
                  suspend*) echo Suspended > suspended; rm looked; %s ;;
                  resume*) echo Active > suspended ;;
                esac
                echo "$*" >> calls
                """.formatted(dir, meanwhile));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new Reactivator(Map.of("PATH", dir + ":" + System.getenv("PATH")), List.of(),
                uuid -> uuid.equals("LVM-1") ? Optional.of("my mirror") : Optional.empty(), clockMs::get);
    }

    @Test
    void d22ShouldSuspendAndResumeTheMirrorThatUsesTheLog() throws IOException {
        withDmsetup("Live", "Active", ":").reactivate("LVM-1");

        awaitCalls("suspend --nolockfs -- my mirror", "resume -- my mirror");
    }

    @ParameterizedTest
    @CsvSource({"tables_loaded, Live, resume -- my mirror", "suspended, Active,"})
    void d22ShouldNotMakeATableLiveThatIsLoadedWhileTheMirrorIsSuspended(String what, String then, String end)
            throws IOException {
        Reactivator reactivator = withDmsetup("Live", "Active", "echo Both > tables_loaded");

        reactivator.reactivate("LVM-1");
        await("a look after the suspend").atMost(60, TimeUnit.SECONDS)
                .until(() -> !calls().isEmpty() && Files.exists(dir.resolve("looked")));
        assertEquals(List.of("suspend --nolockfs -- my mirror"), calls(), "whoever loaded it ends the suspend");
        // Cleared by whoever loaded it, or resumed.
        Files.writeString(dir.resolve(what), then);

        await("its end").atMost(60, TimeUnit.SECONDS).until(() -> !reactivator.isAtWork("LVM-1"));
        assertEquals(end == null ? List.of("suspend --nolockfs -- my mirror")
                : List.of("suspend --nolockfs -- my mirror", end), calls());
    }

    @Test
    void d22ShouldAskTheCommandAgainThatFindsATableLoadedMeanwhile() throws IOException {
        with("[ $2 = suspend ] || [ $(wc -l < " + dir.resolve("calls") + ") -gt 2 ] || exit 3").reactivate("LVM-1");

        awaitCalls("here suspend LVM-1", "here resume LVM-1", "here resume LVM-1");
    }

    @Test
    void shouldNameTheLogToTheCommandByteForByte() throws IOException {
        Reactivator reactivator = with("printf '%s\\0' \"$3\" > " + dir.resolve("name") + ".new; mv "
                + dir.resolve("name") + ".new " + dir.resolve("name") + "-$2");

        for (String name : OddNames.all()) {
            reactivator.wake(name);
            awaitName("kick", name);
        }
        String all = OddNames.all().get(OddNames.all().size() - 1);
        reactivator.reactivate(all);
        awaitName("suspend", all);
        awaitName("resume", all);
    }

    private void awaitName(String verb, String name) throws IOException {
        Path file = dir.resolve("name-" + verb);
        await(verb).atMost(60, TimeUnit.SECONDS).until(() -> Files.exists(file));
        assertEquals(name + "\0", Files.readString(file, StandardCharsets.ISO_8859_1));
        Files.delete(file);
    }

    @ParameterizedTest
    @CsvSource({"Both, Active, LVM-1", "Live, Suspended, LVM-1", "Live, Active, LVM-2"})
    void d22ShouldLeaveAMirrorAloneWhoseResumeWouldDoMore(String loaded, String suspended, String uuid)
            throws Exception {
        Reactivator reactivator = withDmsetup(loaded, suspended, ":");

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
