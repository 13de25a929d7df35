package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
    private ForgetfulDisk dataDisk;
    private boolean keepsDisks;

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
        Trees.delete(directory);
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

    /** Daemons started from now on have their data on a disk of their own that can forget. */
    KernelLab forgetfulData() {
        dataDisk = ForgetfulDisk.make(run);
        return this;
    }

    /** The disks stay behind when this is closed: somebody wants to look at them. */
    void keepDisks() {
        keepsDisks = true;
    }

    /** The guest gets the built program and a Java, so that the daemon can run in it. Before boot only. */
    KernelLab programInside() {
        Shell.run(GuestImage.SCRIPT.toString(), "program", run.toString(), GuestDaemon.ROOT.toString(),
                GuestDaemon.JAVA_HOME.toString());
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
        return startGuest().awaitGuest();
    }

    /** Boots the guest, and meanwhile starts a daemon that takes it for a new run of its kernel, as it is. */
    KernelLab bootWithDaemon() {
        startGuest();
        startDaemon(UUID.randomUUID().toString());
        return awaitGuest().startRelay();
    }

    private KernelLab startGuest() {
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
        return this;
    }

    private KernelLab awaitGuest() {
        guest = Await.result(control.hello(), BOOT_LIMIT, "the guest to boot, see " + directory.resolve("console.log"));
        return this;
    }

    /** Starts the daemon and the guest's half of the relay; returns when the guest's kernel sees a daemon. */
    KernelLab startDaemon() {
        return startDaemonAlone().startRelay();
    }

    /** Starts the daemon; the guest's kernel does not see it yet. */
    KernelLab startDaemonAlone() {
        startDaemon(guest.bootId());
        return this;
    }

    private void startDaemon(String bootId) {
        Path data = directory.resolve("data");
        daemon = DaemonProcess.start(new DaemonProcess.Place(bootId, unixPath(), data, directory.resolve("daemon.log")),
                daemonSettings, dataDisk == null ? List.of() : dataDisk.mountedOn(data));
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

    /** Waits until so many sockets listen to the guest's kernel: "1" or "0". */
    void awaitListeners(String count) {
        inGuest("until [ \"$(" + GROUP_7 + ")\" = " + count + " ]; do sleep 0.1; done", CONNECT_LIMIT);
    }

    /** Kills machine and daemon at one moment; what was in flight is lost. */
    void cutPower() {
        Shell.killAtOneMoment(machine());
        forgetGuest();
        daemon = null;
        Shell.run("sync");
    }

    /** The same, and the daemon's data disk has forgotten what was not forced. */
    void cutPowerOfHost() {
        Shell.freezeAtOneMoment(machine());
        dataDisk.forget(daemon.process());
        cutPower();
    }

    private Process[] machine() {
        return daemon == null ? new Process[] {qemu} : new Process[] {qemu, daemon.process()};
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
            return Await.result(script, limit, "a script in the guest");
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
                    control.start("cat /run/*.log || true; echo w > /proc/sysrq-trigger; sleep 0.5; dmesg")
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
        if (keepsDisks && dataDisk != null) {
            dataDisk.copyTo(directory.resolve("disks"));
        }
        for (LoopDevice loop : loops.values()) {
            loop.close();
        }
        Runtime.getRuntime().removeShutdownHook(leftovers);
        removeLeftovers();
    }

    private void removeLeftovers() {
        try {
            Trees.delete(devices);
            Trees.delete(run);
            if (!keepsDisks) {
                Trees.delete(directory.resolve("disks"));
            }
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
}
