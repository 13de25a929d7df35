package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.OddNames;

/** What is learned about this machine's kernel: support, tables, members of the group. */
@Timeout(60)
class ProbesTest {
    private static final String RELEASE = "6.1.0-13-cloud-amd64";

    @TempDir
    Path root;

    @Test
    void shouldSeeALoadedModuleByItsConnectorEntry() throws IOException {
        machine("Name            ID\ndmlogusr        7:1\ncn_proc         1:1\n", "236 device-mapper\n",
                "ffffffffffffffff");

        assertSupport(true, "dm-log-userspace is loaded (kernel " + RELEASE + ")");
    }

    @Test
    void shouldSeeAModuleThatTheKernelCanLoad() throws IOException {
        machine("Name            ID\ncn_proc         1:1\n", "", "000001ffffffffff");
        modules("modules.dep",
                "kernel/drivers/md/dm-mod.ko.xz:\nkernel/drivers/md/dm-log-userspace.ko: kernel/dm-log.ko\n");

        assertSupport(true, "loaded by the kernel when a mirror needs it");
    }

    @Test
    void shouldNameWhatIsMissing() throws IOException {
        assertSupport(false, "no connector");
        machine("Name            ID\ncn_proc         1:1\n", "", "000001ffffffffff");
        assertSupport(false, "no device mapper");
        modules("modules.builtin", "kernel/drivers/md/dm-mod.ko\nkernel/drivers/md/dm-log.ko\n");
        assertSupport(false, "lacks dm-log-userspace");
        modules("modules.builtin", "kernel/drivers/md/dm-mod.ko\nkernel/drivers/md/dm-log-userspace.ko\n");
        assertSupport(true, "needs it");
        machine("dmlogusr        7:1\n", "236 device-mapper\n", "000001ffffdfffff");
        assertSupport(false, "lacks CAP_SYS_ADMIN, ");
        machine("dmlogusr        7:1\n", "236 device-mapper\n", "0000000000000000");
        assertSupport(false, "CAP_SYS_ADMIN and CAP_NET_ADMIN");
    }

    @Test
    void shouldGiveOneLineAboutThisMachine() {
        String reason = KernelSupport.probe().reason();

        assertFalse(reason.isBlank() || reason.contains("\n"), reason);
    }

    private void assertSupport(boolean isUsable, String reason) {
        KernelSupport support = KernelSupport.probe(root);

        assertEquals(isUsable, support.isUsable(), support.reason());
        assertTrue(support.reason().contains(reason), support.reason());
    }

    private void machine(String connector, String misc, String capabilities) throws IOException {
        write("proc/net/connector", connector);
        write("proc/misc", misc);
        write("proc/sys/kernel/osrelease", RELEASE + "\n");
        write("proc/self/status", "Name:\tjava\nCapInh:\t0000000000000000\nCapEff:\t" + capabilities + "\n");
    }

    private void modules(String list, String text) throws IOException {
        write("lib/modules/" + RELEASE + "/" + list, text);
    }

    private void write(String path, String text) throws IOException {
        Files.createDirectories(root.resolve(path).getParent());
        Files.writeString(root.resolve(path), text);
    }

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
        MirrorWaker waker = new MirrorWaker(tables(dmsetup, KernelTables.TIMEOUT), root);

        waker.wake("LVM-idle");
        waker.wake("LVM-idle");
        waker.wake("LVM-unknown");

        Files.newOutputStream(pipe).close();
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

    @Test
    void shouldReadTheMembersOfAGroup() {
        List<String> sockets = List.of(
                "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode",
                "00000000991dbb11 0   0          00000040 0        0        0     2        0        4",
                "00000000991dbb12 11  0          00000000 0        0        0     2        0        4",
                "00000000991dbb13 11  4711       00000047 0        0        0     2        0        4",
                "00000000991dbb14 11  -4096      00000040 0        0        0     2        0        4",
                "00000000991dbb15 11  815        00000007 0        0        0     2        0        4",
                "rubbish");

        assertEquals(List.of(4711L, -4096L), ConnectorGroup.members(sockets, 7));
    }
}
