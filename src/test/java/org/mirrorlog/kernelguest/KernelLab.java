package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * One run of a scenario: a guest on disks of its own, the relay, and the daemon outside. Both can be killed and started
 * again on the same disks and the same data directory. Console, daemon and relay logs stay in {@code directory()}.
 */
final class KernelLab implements AutoCloseable {
    private static final Duration BOOT_LIMIT = Duration.ofSeconds(240);
    private static final Duration SCRIPT_LIMIT = Duration.ofSeconds(240);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(60);
    private static final int POWER_OFF_LIMIT_S = 30;
    /** The guest's membership of connector group 7 (bit 0x40): what its kernel takes for "a daemon is there". */
    private static final String GROUP_7 =
            "awk '$2 == 11 && $4 ~ /[4-7c-f].$/ {n++} END {print n + 0}' /proc/net/netlink";

    private final GuestImage image;
    private final Path directory;
    /** Sockets, initrd, relay: a short path, since a UNIX socket's may have 107 bytes at most. */
    private final Path run;
    private final Path devices;
    private final Map<String, Path> disks = new LinkedHashMap<>();
    private final Map<String, LoopDevice> loops = new LinkedHashMap<>();
    private final List<String> daemonSettings = new ArrayList<>();
    /** What would stay behind if this JVM were stopped in the middle; processes and loop devices see to themselves. */
    private final Thread leftovers = new Thread(this::removeLeftovers);

    private Process qemu;
    private Process relay;
    private ControlPort control;
    private ControlPort.Hello guest;
    private DaemonProcess daemon;

    private KernelLab(GuestImage image, Path directory, Path run) {
        this.image = image;
        this.directory = directory;
        this.run = run;
        this.devices = Path.of("/dev").resolve(run.getFileName());
        Runtime.getRuntime().addShutdownHook(leftovers);
    }

    /** A run named {@code name}, with nothing in it yet; LabUnavailableException where no guest can be run. */
    static KernelLab open(String name) throws IOException {
        GuestImage image = GuestImage.prepare();
        Path directory = Path.of("target/kernel-guest", name).toAbsolutePath();
        deleteTree(directory);
        Files.createDirectories(directory.resolve("disks"));
        KernelLab lab = new KernelLab(image, directory, Files.createTempDirectory(Path.of("/tmp"), "mirrorlab-"));
        try {
            image.packInitrd(lab.run);
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
        return lab;
    }

    /** A disk of zeros, seen by the guest as {@link #device}. Before boot only. */
    KernelLab disk(String name, long bytes) throws IOException {
        Path file = directory.resolve("disks").resolve(name);
        try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(bytes);
        }
        disks.put(name, file);
        return this;
    }

    /** A disk that the daemon sees as well, under the same path: a log device. */
    KernelLab sharedDisk(String name, long bytes) throws IOException {
        disk(name, bytes);
        loops.put(name, LoopDevice.attach(disks.get(name), Path.of(device(name))));
        return this;
    }

    /** The other machine's disks, under the same names: both machines reach the same bytes. Before boot only. */
    KernelLab disksOf(KernelLab other) throws IOException {
        disks.putAll(other.disks);
        for (String name : other.loops.keySet()) {
            loops.put(name, LoopDevice.attach(disks.get(name), Path.of(device(name))));
        }
        return this;
    }

    /** A setting for each daemon started from now on, as {@code -Dkey=value}. */
    KernelLab daemonSetting(String setting) {
        daemonSettings.add(setting);
        return this;
    }

    Path directory() {
        return directory;
    }

    /** The disk's path in the guest, and on this machine too if it is shared. */
    String device(String disk) {
        return devices.resolve(disk).toString();
    }

    /** The file behind the disk: what it has acknowledged is there. */
    Path file(String disk) {
        return disks.get(disk);
    }

    LoopDevice loop(String disk) {
        return loops.get(disk);
    }

    DaemonProcess daemon() {
        return daemon;
    }

    String bootId() {
        return guest.bootId();
    }

    /** Boots the guest and starts the relay's half outside; there is no daemon yet. */
    KernelLab boot() {
        List<String> command = new ArrayList<>(List.of(GuestImage.SCRIPT.toString(), "boot",
                image.directory().toString(), run.toString(), devices.toString()));
        disks.forEach((name, file) -> command.add(name + "=" + file));
        deleteSockets();
        qemu = Shell.start(directory.resolve("console.log"), command);
        if (Boolean.getBoolean("kernel.guest.console")) {
            Shell.follow(directory.resolve("console.log"), qemu);
        }
        control = ControlPort.connect(run.resolve("control.sock"), CONNECT_LIMIT);
        relay = Shell.start(directory.resolve("relay.log"), List.of(run.resolve("relay").toString(), "host",
                run.resolve("relay.sock").toString(), unixPath().toString()));
        guest = get(control.hello(), BOOT_LIMIT, "the guest to boot, see " + directory.resolve("console.log"));
        return this;
    }

    /** Starts the daemon and the guest's half of the relay; returns when the guest's kernel sees a daemon. */
    KernelLab startDaemon() {
        return startDaemonAlone().startRelay();
    }

    /** Starts the daemon; the guest's kernel does not see it yet. */
    KernelLab startDaemonAlone() {
        daemon = DaemonProcess.start(new DaemonProcess.Place(guest.bootId(), unixPath(), directory.resolve("data"),
                directory.resolve("daemon.log")), daemonSettings);
        return this;
    }

    /** Starts the guest's half of the relay unless it runs, and waits until the guest's kernel sees the daemon. */
    KernelLab startRelay() {
        inGuest("pgrep -x relay || relay guest $RELAY_PORT > /run/relay.log 2>&1 < /dev/null &");
        awaitListeners("1");
        return this;
    }

    /** Kills the daemon (SIGKILL) and waits until the guest's kernel finds no listener. */
    void killDaemon() {
        daemon.kill();
        daemon = null;
        awaitListeners("0");
    }

    private void awaitListeners(String count) {
        inGuest("until [ \"$(" + GROUP_7 + ")\" = " + count + " ]; do sleep 0.1; done", CONNECT_LIMIT);
    }

    /** Kills machine and daemon at one moment; what was in flight is lost. */
    void cutPower() {
        if (daemon == null) {
            Shell.killAtOneMoment(qemu);
        } else {
            Shell.killAtOneMoment(qemu, daemon.process());
        }
        forgetGuest();
        daemon = null;
        Shell.run("sync");
    }

    /** Runs a bash script in the guest (errexit, pipefail); its output, or AssertionError if it fails. */
    String inGuest(String script) {
        return inGuest(script, SCRIPT_LIMIT);
    }

    String inGuest(String script, Duration limit) {
        return await(startInGuest(script), limit).orFail();
    }

    /** Starts a bash script in the guest and returns at once. */
    CompletableFuture<GuestResult> startInGuest(String script) {
        return control.start(script);
    }

    /**
     * The result of a script that runs, however it ended; AssertionError with the guest's state after {@code limit}.
     */
    GuestResult await(CompletableFuture<GuestResult> script, Duration limit) {
        try {
            return get(script, limit, "a script in the guest");
        } catch (AssertionError e) {
            saveDmesg();
            throw e;
        }
    }

    /** Keeps the guest's kernel messages in {@code dmesg.txt}, with what all its tasks do. Best effort. */
    void saveDmesg() {
        if (control == null) {
            return;
        }
        try {
            GuestResult dmesg =
                    control.start("cat /run/relay.log || true; echo w > /proc/sysrq-trigger; sleep 0.5; dmesg")
                    .get(SCRIPT_LIMIT.toSeconds() / 4, TimeUnit.SECONDS);
            Files.writeString(directory.resolve("dmesg.txt"), dmesg.output());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | IOException e) {
            System.err.println("kernel-guest: no dmesg: " + e);
        }
    }

    /** Ends everything and removes the disks; the logs stay. */
    @Override
    public void close() throws IOException {
        if (qemu != null && qemu.isAlive()) {
            powerOff();
        }
        if (daemon != null) {
            daemon.kill();
        }
        forgetGuest();
        for (LoopDevice loop : loops.values()) {
            loop.close();
        }
        Runtime.getRuntime().removeShutdownHook(leftovers);
        removeLeftovers();
    }

    private void removeLeftovers() {
        try {
            deleteTree(devices);
            deleteTree(run);
            deleteTree(directory.resolve("disks"));
        } catch (IOException e) {
            System.err.println("kernel-guest: not removed: " + e);
        }
    }

    private void powerOff() throws IOException {
        control.close();
        try {
            if (!qemu.waitFor(POWER_OFF_LIMIT_S, TimeUnit.SECONDS)) {
                Shell.killAtOneMoment(qemu);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            Shell.killAtOneMoment(qemu);
        }
    }

    private void forgetGuest() {
        if (relay != null) {
            Shell.killAtOneMoment(relay);
        }
        relay = null;
        qemu = null;
        control = null;
        guest = null;
    }

    private Path unixPath() {
        return run.resolve("kernel.sock");
    }

    private void deleteSockets() {
        try {
            Files.deleteIfExists(run.resolve("control.sock"));
            Files.deleteIfExists(run.resolve("relay.sock"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the sockets of the last boot", e);
        }
    }

    private static <T> T get(CompletableFuture<T> future, Duration limit, String what) {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("waited " + limit.toSeconds() + " s for " + what, e);
        } catch (ExecutionException e) {
            throw new AssertionError("waiting for " + what + ": " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + what, e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : (Iterable<Path>) tree.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(path);
            }
        }
    }
}
