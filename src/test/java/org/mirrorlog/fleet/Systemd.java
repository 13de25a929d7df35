package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.mirrorlog.Commands;
import org.mirrorlog.Commands.Ended;
import org.mirrorlog.posix.Credentials;

/**
 * A systemd of its own, process 1 of its namespaces, with {@code deploy/mirrorlogd.service} as its one unit: as it
 * stands, but for the places of program, settings and data. Needs root.
 */
final class Systemd implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/lib/systemd/systemd");
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final Path UNIT = Path.of("deploy/mirrorlogd.service");
    private static final Duration BOOT = Duration.ofSeconds(30);
    private static final Duration START = Duration.ofSeconds(120);
    private static final String SERVICE = "mirrorlogd";
    private static final String SETTINGS = "mirrorlogd.conf";
    private static final String LOG = "out.log";
    private static final int TAIL_LINES = 25;
    /**
     * Nothing of the machine can be changed from inside: all is read-only but {@code $1}, the daemon's directory, which
     * has the unit in it, and its control group; no other unit, generator or kernel setting is within reach. The
     * program ({@code $2}) gets a place that the unit does not hide.
     */
    private static final String INIT = """
            set -e
            mount --make-rprivate /
            mount --bind "$1" "$1"
            mkdir "$1/program"
            mount --bind "$2" "$1/program"
            mount -o remount,bind,ro "$1/program"
            mount -o remount,bind,ro /
            for place in /run /tmp /var/tmp /var/cache /etc/systemd/system /usr/lib/systemd/system \
                /usr/lib/systemd/system-generators; do
              mount -t tmpfs tmpfs $place
            done
            mount --bind /proc/sys /proc/sys
            mount -o remount,bind,ro /proc/sys
            if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
              mount -t cgroup2 cgroup2 /sys/fs/cgroup
            else
              mount -t tmpfs tmpfs /sys/fs/cgroup
              mkdir /sys/fs/cgroup/systemd
              mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
            fi
            ip link set lo up
            cd /etc/systemd/system
            for target in boot sysinit basic shutdown network-online; do
              printf '[Unit]\\nDefaultDependencies=no\\n' > $target.target
            done
            cp "$1/mirrorlogd.service" .
            container=test exec /lib/systemd/systemd --system --unit=boot.target --show-status=no
            """;

    private final Path state;
    private final Path group;
    private final Process unshare;
    private final long init;

    private Systemd(Path state, Path group, Process unshare) {
        this.state = state;
        this.group = group;
        this.unshare = unshare;
        Waiting.until("systemd", BOOT, () -> unshare.children().anyMatch(Systemd::isSystemd), () -> output(unshare));
        this.init = unshare.children().filter(Systemd::isSystemd).findFirst().orElseThrow().pid();
        Waiting.until("systemd to answer", BOOT, () -> control("is-active", "boot.target").text().equals("active\n"),
                () -> control("is-active", "boot.target").text());
    }

    private static boolean isSystemd(ProcessHandle process) {
        return process.info().command().filter(command -> command.endsWith(PROGRAM.toString())).isPresent();
    }

    private static String output(Process process) {
        try {
            process.destroyForcibly();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /**
     * Boots.
     *
     * @param state a directory directly under /var/lib that is made for the daemon's files
     * @param settings the daemon's, one per line
     * @param changes lines of the unit's [Service] section to be overridden
     * @param isolation options of unshare(1) besides
     */
    static Systemd boot(Path state, List<String> settings, List<String> changes, String... isolation)
            throws IOException {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root: namespaces of its own");
        assumeTrue(Files.isExecutable(PROGRAM), "package systemd is not installed");
        Path groups = Files.exists(GROUPS.resolve("cgroup.controllers")) ? GROUPS : GROUPS.resolve("systemd");
        assumeTrue(Files.isWritable(groups), "no control groups here");
        Path group = Files.createDirectory(groups.resolve(state.getFileName()));
        Files.createDirectory(state);
        Path file = Files.write(state.resolve(SETTINGS), settings);
        String unit = Files.readString(UNIT)
                .replace("/opt/mirrorlogd", state.resolve("program").toString())
                .replace("/etc/mirrorlog/mirrorlogd.conf", file.toString())
                .replace("StateDirectory=mirrorlog", "StateDirectory=" + state.getFileName())
                .replace("[Install]", String.join("\n", changes) + "\nStandardOutput=append:"
                        + state.resolve(LOG) + "\nStandardError=inherit\n[Install]");
        Files.writeString(state.resolve(SERVICE + ".service"), unit);
        List<String> command = new ArrayList<>(List.of("bash", "-c", "echo $$ > $0/cgroup.procs; exec \"$@\"",
                group.toString(), "unshare", "--pid", "--fork", "--kill-child", "--mount", "--cgroup", "--ipc", "--uts",
                "--mount-proc"));
        command.addAll(List.of(isolation));
        command.addAll(List.of("bash", "-c", INIT, "init", state.toString(),
                Path.of("").toAbsolutePath().toString()));
        return new Systemd(state, group, new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** One setting more, for the next start. */
    void set(String setting) throws IOException {
        Files.writeString(state.resolve(SETTINGS), setting + "\n", StandardOpenOption.APPEND);
    }

    /** Runs a command in some of its namespaces. */
    List<String> inside(String namespaces, String... words) {
        List<String> command = new ArrayList<>(List.of("nsenter", "-t", Long.toString(init)));
        namespaces.chars().forEach(letter -> command.add("-" + (char) letter));
        command.addAll(List.of(words));
        return command;
    }

    private Ended control(String... words) {
        List<String> command = new ArrayList<>(List.of("systemctl"));
        command.addAll(List.of(words));
        try {
            return Commands.tryRun(inside("mpui", command.toArray(String[]::new)));
        } catch (IOException e) {
            return new Ended(-1, e.toString());
        }
    }

    /** Returns once the daemon has said that it serves. */
    void start() {
        Ended started = control("start", SERVICE);
        assertEquals(0, started.status(), () -> started + "; " + status());
    }

    /** {@code kill -9} of the daemon; returns once it is dead. Systemd starts it again. */
    void kill() {
        String daemon = property("MainPID");
        Ended killed = control("kill", "--signal=KILL", "--kill-who=main", SERVICE);
        assertEquals(0, killed.status(), killed::toString);
        Waiting.until("the daemon to die", BOOT, () -> !property("MainPID").equals(daemon), this::status);
    }

    /** Waits until it has been started again so many times and serves. */
    void awaitRestart(int times) {
        Waiting.until("restart " + times, START, () -> property("NRestarts").equals(Integer.toString(times))
                && property("ActiveState").equals("active"), this::status);
    }

    /** Returns once it has ended; systemd forgets all that it kept for it. */
    void stop() {
        Ended stopped = control("stop", SERVICE);
        assertEquals(0, stopped.status(), () -> stopped + "; " + status());
    }

    String property(String name) {
        return control("show", "--property=" + name, "--value", SERVICE).text().strip();
    }

    /** What systemd knows of the daemon, with the daemon's last lines. */
    String status() {
        List<String> lines = lines();
        return control("status", "--no-pager", SERVICE).text() + "\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    }

    /** All that the daemon has said, over all starts. */
    List<String> lines() {
        try {
            return Files.exists(state.resolve(LOG)) ? Files.readAllLines(state.resolve(LOG)) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The power goes: nothing in its namespaces survives process 1. */
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
        Fleet.delete(state);
    }
}
