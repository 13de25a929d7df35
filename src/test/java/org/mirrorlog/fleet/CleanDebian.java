package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.Commands;
import org.mirrorlog.Commands.Ended;
import org.mirrorlog.posix.Credentials;

/**
 * A machine with a Debian of its own, made by mmdebstrap: systemd as process 1 and the JRE that the package needs,
 * neither JDK nor Maven. It has the machine's network, where kernels are played, and no part in its disks but its root
 * and one directory that both have under the same path: there its daemon is reached. Needs root.
 */
final class CleanDebian implements AutoCloseable {
    private static final Path SYSTEMD = Path.of("/lib/systemd/systemd");
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final String PACKAGES = "systemd,openjdk-17-jre-headless,dmsetup";
    private static final Duration BOOT = Duration.ofSeconds(60);
    private static final String INIT = """
            set -e
            mount --make-rprivate /
            mount --bind "$1" "$1"
            mkdir -p "$1$2"
            mount --bind "$2" "$1$2"
            mount -t proc proc "$1/proc"
            mount --bind "$1/proc/sys" "$1/proc/sys"
            mount -o remount,bind,ro "$1/proc/sys"
            mount -t sysfs -o ro sysfs "$1/sys"
            if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
              mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
            else
              mount -t tmpfs tmpfs "$1/sys/fs/cgroup"
              mkdir "$1/sys/fs/cgroup/systemd"
              mount -t cgroup -o none,name=systemd cgroup "$1/sys/fs/cgroup/systemd"
            fi
            mount -t tmpfs tmpfs "$1/run"
            cd "$1"
            mkdir -p outside
            pivot_root . outside
            umount -l /outside
            mount --make-rshared /
            container=test exec /lib/systemd/systemd --system --unit=multi-user.target --show-status=no
            """;

    private final Path root;
    private final Path group;
    private final Process unshare;
    private final long init;

    private CleanDebian(Path root, Path group, Process unshare) {
        this.root = root;
        this.group = group;
        this.unshare = unshare;
        Waiting.until("systemd", BOOT, () -> unshare.children().anyMatch(CleanDebian::isSystemd), this::output);
        this.init = unshare.children().filter(CleanDebian::isSystemd).findFirst().orElseThrow().pid();
        Waiting.until("systemd to have booted", BOOT,
                () -> run("systemctl", "is-active", "multi-user.target").text().equals("active\n"),
                () -> run("systemctl", "list-jobs").text());
    }

    private static boolean isSystemd(ProcessHandle process) {
        return process.info().command().filter(command -> command.endsWith("/lib/systemd/systemd")).isPresent();
    }

    private String output() {
        try {
            unshare.destroyForcibly();
            return new String(unshare.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /**
     * Makes it and boots it; skipped where that is not possible here.
     *
     * @param shared the directory that both sides have; its name is unlike any other's here
     */
    static CleanDebian boot(Path shared) throws IOException {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root: namespaces of its own");
        assumeTrue(Files.isExecutable(SYSTEMD), "package systemd is not installed");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/mmdebstrap")), "package mmdebstrap is not installed");
        Path groups = Files.exists(GROUPS.resolve("cgroup.controllers")) ? GROUPS : GROUPS.resolve("systemd");
        assumeTrue(Files.isWritable(groups), "no control groups here");
        Path root = Files.createTempDirectory("mirrorlog-debian");
        String suite = Commands.run(List.of("sh", "-c", ". /etc/os-release && echo $VERSION_CODENAME")).strip();
        Ended made = Commands.tryRun(List.of("mmdebstrap", "--quiet", "--variant=minbase", "--mode=root",
                "--aptopt=Apt::Install-Recommends \"false\"", "--dpkgopt=force-unsafe-io",
                "--include=" + PACKAGES, suite, root.toString()));
        if (made.status() != 0) {
            Fleet.delete(root);
        }
        assumeTrue(made.status() == 0, () -> "no clean Debian can be made here: " + made.text());
        Path group = Files.createDirectory(groups.resolve(shared.getFileName()));
        Files.createDirectories(shared);
        return new CleanDebian(root, group, new ProcessBuilder("bash", "-c",
                "echo $$ > $0/cgroup.procs; exec \"$@\"", group.toString(), "unshare", "--pid", "--fork",
                "--kill-child", "--mount", "--cgroup", "--ipc", "--uts", "--mount-proc", "bash", "-c", INIT,
                "init", root.toString(), shared.toString()).redirectErrorStream(true).start());
    }

    /** Runs a command inside. */
    Ended run(String... words) {
        List<String> command = new ArrayList<>(List.of("nsenter", "-t", Long.toString(init), "-m", "-p", "-u",
                "-i", "-r", "-w", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"));
        command.addAll(List.of(words));
        try {
            return Commands.tryRun(command);
        } catch (IOException e) {
            return new Ended(-1, e.toString());
        }
    }

    /** Runs a command inside that must succeed, and returns what it has said. */
    String succeed(String... words) {
        Ended ended = run(words);
        assertEquals(0, ended.status(), () -> List.of(words) + ": " + ended.text() + "\n" + journal());
        return ended.text();
    }

    /** Where a file of it is seen from outside. */
    Path file(String path) {
        return root.resolve(path.substring(1));
    }

    /** What a unit of it says of itself. */
    String property(String unit, String name) {
        return run("systemctl", "show", "--property=" + name, "--value", unit).text().strip();
    }

    /** Its last log lines. */
    String journal() {
        return run("journalctl", "--no-pager", "-n", "40").text();
    }

    /** The power goes, and the disk with it. */
    @Override
    public void close() throws IOException {
        unshare.destroyForcibly();
        try {
            unshare.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Waiting.until("its control group to be empty", BOOT, () -> {
            Fleet.delete(group);
            return !Files.exists(group);
        }, group::toString);
        Fleet.delete(root);
    }
}
