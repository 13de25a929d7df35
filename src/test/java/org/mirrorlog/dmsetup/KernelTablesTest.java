package org.mirrorlog.dmsetup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.OddNames;
import org.mirrorlog.kernel.Waiting;

/** What is learned from {@code dmsetup} about this machine's tables, and what becomes of one that hangs. */
@Timeout(60)
class KernelTablesTest {
    @TempDir
    Path root;

    @Test
    void shouldFindTheLogsThatTablesNameD17() {
        String output = """
                plain: 0 2097152 mirror userspace 3 LVM-testcore0001 clustered-core 1024 2 254:1 0 \
                254:2 0 1 handle_errors
                vg-a: b c: 0 2097152 mirror userspace 5 LVM-testdisk0002 integrated_flush clustered-disk 254:3 1024 \
                2 254:1 0
                two: 0 1024 mirror userspace 3 LVM-x clustered-core 1024 2 254:1 0 254:2 0
                two: 1024 1024 mirror userspace 3 LVM-y clustered-core 1024 2 254:1 0 254:2 0
                local: 0 2097152 mirror core 2 1024 nosync 2 254:1 0 254:2 0
                lin: 0 2097152 linear 254:1 0
                No devices found
                """;

        assertEquals(Set.of("LVM-testcore0001", "LVM-testdisk0002", "LVM-x", "LVM-y"), KernelTables.uuids(output));
    }

    /** A log that is not seen here is taken for destroyed while its kernel writes. */
    @Test
    void shouldFindALogInTheTablesWhateverItsNameD17() {
        List<String> names = new ArrayList<>(OddNames.all());
        names.addAll(List.of("a clustered-core ", "a integrated_flush", "a\nx: 0 8 mirror userspace 3 b"));
        StringBuilder output = new StringBuilder();
        for (String name : names) {
            output.append("vg-x: 0 2048 mirror userspace 5 ").append(name).append(" clustered-disk 7:0 1024 2 7:1 0\n");
        }
        String inactive = output.toString().replace(" clustered-disk 7:0", " integrated_flush clustered-core");

        for (String name : names) {
            assertTrue(new KernelTables.Listing(output.toString()).mayName(name), name);
            assertTrue(new KernelTables.Listing(inactive).mayName(name), name);
            assertFalse(new KernelTables.Listing(output.toString()).mayName(name + "x"), name);
            assertEquals(Optional.of("vg-x"), KernelTables.device(output.toString(), name), name);
        }
        assertTrue(KernelTables.uuids(output.toString()).containsAll(OddNames.all()));
        assertTrue(KernelTables.uuids(inactive).containsAll(OddNames.all()));
        assertEquals(Set.of("other"), KernelTables.uuids("x: 0 8 mirror userspace 3 other strange-type 2 1 7:0 0"));
    }

    @Test
    void shouldFindTheDeviceWhoseLiveTableNamesALog() {
        String output = """
                plain: 0 2097152 mirror userspace 3 LVM-one clustered-core 1024 2 254:1 0 254:2 0 1 handle_errors
                vg-a: b c: 0 2097152 mirror userspace 5 LVM-two integrated_flush clustered-disk 254:3 1024 2 254:1 0
                0 2097152 mirror userspace 3 LVM-nameless clustered-core 1024 2 254:1 0 254:2 0
                """;

        assertEquals(Optional.of("plain"), KernelTables.device(output, "LVM-one"));
        assertEquals(Optional.of("vg-a: b c"), KernelTables.device(output, "LVM-two"));
        assertEquals(Optional.empty(), KernelTables.device(output, "LVM-nameless"));
        assertEquals(Optional.empty(), KernelTables.device(output, "LVM"));
    }

    @Test
    void l5ShouldWakeAMirrorByReadingFromIt() throws Exception {
        String dmsetup = program("echo 'a: 0 8 mirror userspace 3 LVM-idle clustered-core 2 1 7:0 0'");
        // A reader waits in open() until somebody opens the pipe's other end: this end returns once the mirror is read.
        Path pipe = root.resolve("a");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        MirrorWaker waker = new MirrorWaker(tables(dmsetup, KernelTables.TIMEOUT), root, () -> 0);

        waker.wake("LVM-idle");
        waker.wake("LVM-idle");
        waker.wake("LVM-unknown");

        Files.newOutputStream(pipe).close();
    }

    /** A read that hangs outlives its daemon: what it held, no daemon could have that would answer it. */
    @Test
    void l5ShouldReadInAProcessThatHasNoneOfOurFiles() throws Exception {
        String dmsetup = program("echo 'a: 0 8 mirror userspace 3 LVM-idle clustered-core 2 1 7:0 0'");
        Path pipe = root.resolve("a");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        MirrorWaker waker = new MirrorWaker(tables(dmsetup, KernelTables.TIMEOUT), root, () -> 0);
        try (var held = Files.newOutputStream(root.resolve("held"))) {
            held.write(1);
            waker.wake("LVM-idle");

            Waiting.until("a program reads it", () -> reader(pipe).isPresent());
            Path files = Path.of("/proc/" + reader(pipe).orElseThrow().pid() + "/fd");
            try (var open = Files.list(files)) {
                assertTrue(open.noneMatch(KernelTablesTest::isHeld), "none of ours");
            }
            assertTrue(waker.isBeingRead("LVM-idle"));
        }
        Files.newOutputStream(pipe).close();
        Waiting.until("it has ended", waker::isIdle);
    }

    private static boolean isHeld(Path file) {
        try {
            return file.toRealPath().endsWith("held");
        } catch (IOException e) {
            return false; // a pipe, or closed since
        }
    }

    private static Optional<ProcessHandle> reader(Path pipe) {
        return ProcessHandle.current().children().filter(child -> child.info().arguments().stream()
                .flatMap(Arrays::stream).anyMatch(("if=" + pipe)::equals)).findFirst();
    }

    /** The read would wait for a resume, and take the place of another mirror's. */
    @Test
    void l5ShouldNotReadAMirrorThatIsSuspended() throws Exception {
        String dmsetup = program("""
                case "$*" in
                  table*) echo 'a: 0 8 mirror userspace 3 LVM-idle clustered-core 2 1 7:0 0';;
                  *) echo Suspended; echo "$*" > %s;;
                esac
                """.formatted(root.resolve("asked")));
        // Whoever reads it waits, as nobody writes.
        assertEquals(0, new ProcessBuilder("mkfifo", root.resolve("a").toString()).start().waitFor());
        MirrorWaker waker = new MirrorWaker(tables(dmsetup, KernelTables.TIMEOUT), root, () -> 0);

        waker.wake("LVM-idle");

        Waiting.until("nothing is read", waker::isIdle);
        assertEquals("info -c --noheadings -o suspended -- a", Files.readString(root.resolve("asked")).strip());
    }

    /** Their legs hang: they may keep their threads, but not the place of others. */
    @Test
    void l5ShouldWakeAMirrorHoweverManyOthersHang() throws Exception {
        StringBuilder said = new StringBuilder("a: 0 8 mirror userspace 3 LVM-well clustered-core 2 1 7:0 0\\n");
        for (int i = 0; i < MirrorWaker.MOST_AT_A_TIME; i++) {
            said.append("hung").append(i).append(": 0 8 mirror userspace 3 LVM-").append(i)
                    .append(" clustered-core 2 1 7:0 0\\n");
            assertEquals(0, new ProcessBuilder("mkfifo", root.resolve("hung" + i).toString()).start().waitFor());
        }
        assertEquals(0, new ProcessBuilder("mkfifo", root.resolve("a").toString()).start().waitFor());
        AtomicLong nowMs = new AtomicLong();
        MirrorWaker waker = new MirrorWaker(tables(program("printf '" + said + "'"), Duration.ofSeconds(60)), root,
                nowMs::get);
        for (int i = 0; i < MirrorWaker.MOST_AT_A_TIME; i++) {
            waker.wake("LVM-" + i);
        }
        waker.wake("LVM-well");
        assertFalse(waker.isBeingRead("LVM-well"), "so many at a time");

        nowMs.addAndGet(MirrorWaker.HANGS_AFTER_MS);
        waker.wake("LVM-well");

        Files.newOutputStream(root.resolve("a")).close();
        for (int i = 0; i < MirrorWaker.MOST_AT_A_TIME; i++) {
            Files.newOutputStream(root.resolve("hung" + i)).close();
        }
        Waiting.until("all are read in the end", waker::isIdle);
    }

    @Test
    void shouldAskForLiveAndInactiveTablesD17() throws IOException {
        String dmsetup = program("""
                case "$*" in
                  "table --target mirror") echo 'a: 0 8 mirror userspace 3 live clustered-core 2 1 7:0 0';;
                  "table --inactive --target mirror") echo 'a: 0 8 mirror userspace 3 loaded clustered-core 2 1 7:0 0';;
                  *) exit 3;;
                esac
                """);

        assertEquals(Optional.of(Set.of("live", "loaded")), uuids(tables(dmsetup, KernelTables.TIMEOUT)));
    }

    @Test
    void shouldNotTakeIgnoranceForAbsenceD17() throws IOException {
        Duration timeout = KernelTables.TIMEOUT;

        assertEquals(Optional.of(Set.of()), uuids(tables(program("echo No devices found"), timeout)));
        assertEquals(Optional.empty(), uuids(tables(program("echo broken >&2; exit 1"), timeout)));
        assertEquals(Optional.empty(), uuids(tables(root.resolve("absent").toString(), timeout)));
    }

    @Test
    void shouldNotWaitForADmsetupThatHangsD17() throws IOException {
        Path started = root.resolve("started");
        String dmsetup = program("echo $$ > " + started + "; exec sleep 1000");

        assertEquals(Optional.empty(), uuids(tables(dmsetup, Duration.ofMillis(500))));

        Waiting.until("it is killed if it ever started", () -> !Files.exists(started) || !isAlive(started));
    }

    @Test
    void shouldLeaveNothingBehindOfADmsetupThatHangsD17() throws IOException {
        Path started = root.resolve("started");
        String dmsetup = program("sleep 1000 & echo $! > " + started + "; wait");

        assertEquals(Optional.empty(), uuids(tables(dmsetup, Duration.ofMillis(500))));

        Waiting.until("its child is killed", () -> !Files.exists(started) || !isAlive(started));
    }

    private static boolean isAlive(Path pidFile) {
        try {
            String pid = Files.readString(pidFile).strip();
            return pid.isEmpty() || ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).orElse(false);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Optional<Set<String>> uuids(KernelTables tables) {
        return tables.list().map(KernelTables.Listing::uuids);
    }

    private static KernelTables tables(String dmsetup, Duration timeout) {
        return new KernelTables(dmsetup, timeout);
    }

    private String program(String script) throws IOException {
        Path program = Files.createTempFile(root, "dmsetup", "");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program.toString();
    }
}
