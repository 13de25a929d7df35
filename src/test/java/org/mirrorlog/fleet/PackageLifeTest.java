package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.Commands;
import org.mirrorlog.Commands.Ended;
import org.mirrorlog.FreePorts;
import org.mirrorlog.emulator.Auditor;
import org.mirrorlog.emulator.ByteLegs;
import org.mirrorlog.emulator.MirrorTable;

/**
 * The Debian package from its installation to its purge, on a clean Debian with systemd, with a mirror at work: nothing
 * is started or stopped behind the operator's back, and nothing is lost.
 */
@Tag("slow")
@Timeout(420)
class PackageLifeTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int REGIONS = 64;
    private static final int REGION_SECTORS = 64;
    private static final int LANES = 8;
    private static final long SOME = 200;
    private static final String UNIT = "mirrorlogd.service";

    private final Path shared = Path.of("/var/lib/mirrorlog-" + ProcessHandle.current().pid());
    private final FleetNode node = new FleetNode("service", shared, List.of(), Map.of());
    private CleanDebian debian;
    private int port;

    @BeforeEach
    void boot() throws IOException {
        assumeTrue(Files.exists(Path.of("target/mirrorlogd.jar")), "not packaged yet");
        debian = CleanDebian.boot(shared);
    }

    @AfterEach
    void close() throws IOException {
        if (debian != null) {
            debian.close();
        }
        if (Files.exists(shared)) {
            Fleet.delete(shared);
        }
    }

    /** Where a package of this version is seen from inside. */
    private String make(String version) throws IOException {
        Path deb = Path.of(Commands.run(List.of("deploy/package", "--built", "--version", version, "--output",
                shared.resolve("packages").toString(), "deb")).strip());
        return Files.move(deb, shared.resolve(version + ".deb"), StandardCopyOption.REPLACE_EXISTING).toString();
    }

    private String daemon() {
        return debian.property(UNIT, "MainPID");
    }

    private String state() {
        return debian.run("systemctl", "is-active", UNIT).text().strip();
    }

    @Test
    void shouldLiveOnACleanDebianFromInstallationToPurgeWithAMirrorAtWork() throws Exception {
        shouldBeTheBaseOfAnImage();
        String installed = debian.succeed("dpkg", "-i", make("1.0"));
        assertTrue(installed.contains("systemctl enable --now mirrorlogd"), installed);
        shouldNotHaveStartedAnything();
        configure();
        debian.succeed("systemctl", "enable", "--now", UNIT);
        shouldReachWhatItNeedsInItsSandbox();

        try (Kernels kernels = new Kernels()) {
            ByteLegs legs = new ByteLegs(2, (long) REGIONS * REGION_SECTORS * 512).scramble(new Random(1));
            FleetMachine machine = new FleetMachine(kernels, node, legs);
            assertEquals("active", state(), debian::journal);
            machine.load(MirrorTable.core("LVM-package", (long) REGIONS * REGION_SECTORS, REGION_SECTORS)
                    .withHandleErrors());
            machine.resume();
            machine.awaitInSync();
            Writing writing = new Writing(legs.sizeBytes(), new Random(2), kernels::afterRest);
            kernels.run(() -> writing.start("m", machine.device(), LANES));

            shouldBeUpgradedUnderWrites(kernels, writing);
            shouldNotBeRemovedUnderWrites(kernels, writing);
            shouldNotBeStoppedUnderWrites(kernels, writing);

            kernels.run(writing::stop);
            Waiting.until("the last writes", LIMIT, () -> kernels.call(writing::isQuiet), debian::journal);
            assertEquals(0, kernels.call(writing::failed));
            assertEquals(List.of(), kernels.call(() -> machine.machine().complaints().first()));
            assertEquals(0, kernels.call(() -> machine.machine().refusals()), "the kernel has noticed nothing");
            assertTrue(kernels.call(() -> Auditor.compare(legs, (long) REGIONS * REGION_SECTORS, REGION_SECTORS,
                    region -> true, region -> false).isClean()), "legs differ");
            machine.remove();
        }
        shouldKeepSettingsAndDataWhenRemoved();
        shouldKeepDataWhenPurged();
    }

    /** Its entry point is the program, which finds all that it needs. */
    private void shouldBeTheBaseOfAnImage() throws IOException {
        if (!Files.isExecutable(Path.of("/usr/bin/buildah"))) {
            return; // PackageTest says so
        }
        Path made = Path.of(Commands.run(List.of("deploy/package", "--built", "--version", "1.0", "--base",
                debian.file("/").toString(), "--output", shared.resolve("packages").toString(), "oci")).strip());
        String said = Commands.run(List.of("sh", "-ec", """
                at=$2
                buildah() { command buildah --root "$at/all" --runroot "$at/run" --storage-driver vfs "$@"; }
                one=$(buildah from --quiet "oci-archive:$1")
                buildah inspect --format '{{.OCIv1.Config.Entrypoint}}' "$one"
                echo
                run() { buildah run --isolation chroot "$one" -- "$@"; }
                run setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+chown \
                    /usr/sbin/mirrorlogd --installed check-config
                run mirrorlogctl --help
                run sh -c 'command -v dmsetup'
                """, "image", made.toString(), shared.resolve("containers").toString()));
        Fleet.delete(shared.resolve("containers"));
        Files.delete(made);

        assertTrue(said.startsWith("[/usr/sbin/mirrorlogd --installed]\nsettings are sound\nUsage: mirrorlogctl "),
                said);
        assertTrue(said.endsWith("/sbin/dmsetup\n"), said);
    }

    private void shouldNotHaveStartedAnything() {
        assertEquals("inactive", state());
        assertEquals("disabled", debian.run("systemctl", "is-enabled", UNIT).text().strip());
        assertFalse(Files.exists(debian.file("/var/lib/mirrorlog")), "no data directory yet");
        for (String absent : List.of("javac", "mvn", "gcc")) {
            assertNotEquals(0, debian.run("sh", "-c", "command -v " + absent).status(), absent + " is there");
        }
        assertTrue(debian.succeed("mirrorlogd", "--version").startsWith("mirrorlogd "));
        assertEquals("settings are sound\n", debian.succeed("mirrorlogd", "check-config"));
        assertTrue(debian.succeed("mirrorlogd", "--help").startsWith("usage: mirrorlogd "));
    }

    /** As an operator does: own values into a file of their own; a directory that the sandbox shall let through. */
    private void configure() throws IOException {
        port = FreePorts.take();
        Path settings = debian.file("/etc/mirrorlog/local.conf");
        Files.writeString(settings, "mirrorlog.kernel.connector = nonsense\n");
        Ended refused = debian.run("mirrorlogd", "check-config");
        assertEquals(2, refused.status(), refused.text());
        assertTrue(refused.text().contains("/etc/mirrorlog/local.conf"), refused.text());

        Files.write(settings, List.of("mirrorlog.kernel.connector = unix",
                "mirrorlog.kernel.unix-path = " + node.socket(), "mirrorlog.kernel.boot-id = " + node.bootId(),
                "mirrorlog.machine-id = a-machine", "mirrorlog.node-name = service",
                "akka.management.http.port = " + port));
        Path changes = Files.createDirectories(debian.file("/etc/systemd/system/mirrorlogd.service.d"));
        Files.writeString(changes.resolve("local.conf"), "[Service]\nReadWritePaths=" + shared + "\n");
        Path passwords = Files.createDirectories(debian.file("/etc/credstore"));
        Files.setPosixFilePermissions(Files.writeString(passwords.resolve("postgresql-password"), "secret"),
                PosixFilePermissions.fromString("rw-------"));
        Files.createDirectory(debian.file("/srv/mirrorlog"));
        debian.succeed("systemctl", "daemon-reload");
    }

    private void shouldReachWhatItNeedsInItsSandbox() {
        String[] sandbox = {"nsenter", "-t", daemon(), "-m"};
        assertEquals("secret", debian.succeed(with(sandbox, "cat",
                "/run/credentials/mirrorlogd.service/postgresql-password")));
        debian.succeed(with(sandbox, "touch", "/srv/mirrorlog/data", "/run/cmirrord.pid"));
        for (String closed : List.of("/srv/data", "/etc/data", "/usr/share/mirrorlogd/target/data")) {
            assertNotEquals(0, debian.run(with(sandbox, "touch", closed)).status(), closed + " can be written");
        }
        assertEquals(UNIT, debian.property("lvm2-cmirrord.service", "Id"), "who asks for cmirrord gets it");
    }

    private static String[] with(String[] before, String... words) {
        return Stream.concat(Stream.of(before), Stream.of(words)).toArray(String[]::new);
    }

    private void awaitWrites(Kernels kernels, Writing writing) {
        long before = kernels.call(() -> writing.ended("m"));
        Waiting.until("writes", LIMIT, () -> kernels.call(() -> writing.ended("m")) > before + SOME, debian::journal);
    }

    private void shouldBeUpgradedUnderWrites(Kernels kernels, Writing writing) throws Exception {
        String former = daemon();
        String program = debian.succeed("readlink", "/proc/" + former + "/fd/8");
        awaitWrites(kernels, writing);

        String upgraded = debian.succeed("dpkg", "-i", make("1.1"));
        assertTrue(upgraded.contains("to change over: systemctl restart mirrorlogd"), upgraded);
        assertEquals(former, daemon(), "it was left alone");
        awaitWrites(kernels, writing);

        debian.succeed("systemctl", "restart", UNIT);
        assertNotEquals(former, daemon());
        assertNotEquals(program, debian.succeed("readlink", "/proc/" + daemon() + "/fd/8"), "runs from the new files");
        awaitWrites(kernels, writing);
    }

    /** Whoever has chosen another port says so to mirrorlogctl. */
    private String[] removal() {
        return new String[] {"env", "MIRRORLOG_URL=http://127.0.0.1:" + port, "dpkg", "-r", "mirrorlogd"};
    }

    private void shouldNotBeRemovedUnderWrites(Kernels kernels, Writing writing) {
        String former = daemon();

        Ended refused = debian.run(removal());

        assertNotEquals(0, refused.status(), refused.text());
        assertTrue(refused.text().contains("so it is not removed"), refused.text());
        assertEquals(former, daemon());
        awaitWrites(kernels, writing);
        assertTrue(debian.succeed("dpkg", "-s", "mirrorlogd").contains("Status: install ok installed")
                || debian.succeed("dpkg", "-s", "mirrorlogd").contains("Status: deinstall ok installed"));
    }

    /** Asked to stop it refuses, and the journal knows how grave that is. */
    private void shouldNotBeStoppedUnderWrites(Kernels kernels, Writing writing) {
        String former = daemon();

        debian.succeed("systemctl", "kill", "--signal=TERM", "--kill-who=main", UNIT);

        Waiting.until("a warning", LIMIT, () -> lines("warning").contains("suspend or remove the mirrors first"),
                debian::journal);
        assertFalse(lines("warning").contains("ready: node"), lines("warning"));
        assertTrue(lines("info").contains("ready: node"), lines("info"));
        assertFalse(lines("info").contains("<6>"), lines("info"));
        awaitWrites(kernels, writing);
        assertEquals(former, daemon());
    }

    private String lines(String priority) {
        return debian.succeed("journalctl", "--no-pager", "-o", "cat", "-u", UNIT, "-p", priority);
    }

    private void shouldKeepSettingsAndDataWhenRemoved() {
        debian.succeed(removal());

        assertNotEquals("active", state());
        assertFalse(Files.exists(debian.file("/usr/share/mirrorlogd")), "the program");
        for (String kept : List.of("/etc/mirrorlog/mirrorlogd.conf", "/etc/mirrorlog/local.conf",
                "/var/lib/mirrorlog/journal")) {
            assertTrue(Files.exists(debian.file(kept)), kept);
        }
    }

    private void shouldKeepDataWhenPurged() {
        String purged = debian.succeed("dpkg", "-P", "mirrorlogd");

        assertTrue(purged.contains("/var/lib/mirrorlog stays"), purged);
        assertTrue(Files.exists(debian.file("/var/lib/mirrorlog/journal")));
        for (String gone : List.of("/etc/mirrorlog", "/var/cache/mirrorlog",
                "/etc/systemd/system/multi-user.target.wants/mirrorlogd.service")) {
            assertFalse(Files.exists(debian.file(gone)), gone);
        }
    }
}
