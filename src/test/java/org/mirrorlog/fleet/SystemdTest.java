package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.Commands;
import org.mirrorlog.emulator.Auditor;
import org.mirrorlog.emulator.ByteLegs;
import org.mirrorlog.emulator.MirrorTable;
import org.mirrorlog.posix.UnixAddress;
import org.mirrorlog.posix.UnixDatagramSocket;

/**
 * The service under a real systemd, which keeps the kernel's socket open while the daemon is started anew: the kernel
 * never finds nobody listening, so that it need not reconnect (1.7), which is where a RESUME could get lost.
 */
@Tag("cluster")
@Timeout(240)
class SystemdTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int REGIONS = 64;
    private static final int REGION_SECTORS = 64;
    private static final int LANES = 8;
    private static final long SOME = 200;

    private final Path state = Path.of("/var/lib/mirrorlog-" + ProcessHandle.current().pid());
    private final FleetNode node = new FleetNode("service", state, List.of(), Map.of());
    private Systemd systemd;

    @AfterEach
    void close() throws IOException {
        if (systemd != null) {
            systemd.close();
        } else if (Files.exists(state)) {
            Fleet.delete(state);
        }
    }

    private List<String> settings(String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "mirrorlog.data-dir = " + state.resolve("data"),
                "mirrorlog.node-name = service",
                "akka.management.http.port = 0"));
        settings.addAll(List.of(more));
        return settings;
    }

    private List<String> settingsOfUnix() {
        return settings("mirrorlog.kernel.connector = unix", "mirrorlog.kernel.unix-path = " + node.socket(),
                "mirrorlog.kernel.boot-id = " + node.bootId(), "mirrorlog.machine-id = machine-" + node.host());
    }

    @Test
    void shouldBeStartedAnewWithoutTheKernelsNotice() throws Exception {
        List<String> settings = new ArrayList<>(settingsOfUnix());
        settings.add("mirrorlog.operator { socket = /run/mirrorlog/operator.sock, group = adm }");
        systemd = Systemd.boot(state, settings, List.of());
        systemd.start();

        assertEquals("1", systemd.property("NFileDescriptorStore"));
        assertEquals("adm", said("mpui", "stat", "--format=%G", "/run/mirrorlog/operator.sock"));
        assertEquals(0, refusalsOfARestart(), systemd::status);
        assertEquals("1", systemd.property("NFileDescriptorStore"));

        systemd.stop();
        assertFalse(UnixDatagramSocket.isListening(UnixAddress.of(node.socket())), "kept after a stop");
        systemd.start();
        systemd.stop();
    }

    /** The same without: the check above can fail. */
    @Test
    void shouldBeMissedByTheKernelIfNobodyKeepsItsSocket() throws Exception {
        systemd = Systemd.boot(state, settingsOfUnix(), List.of("FileDescriptorStoreMax=0"));
        systemd.start();

        assertTrue(refusalsOfARestart() > 0, "nobody listened for seconds");
    }

    /** Kills the daemon of a mirror that is then written: how often its kernel found nobody listening meanwhile. */
    private long refusalsOfARestart() throws Exception {
        try (Kernels kernels = new Kernels()) {
            ByteLegs legs = new ByteLegs(2, (long) REGIONS * REGION_SECTORS * 512).scramble(new Random(1));
            FleetMachine machine = new FleetMachine(kernels, node, legs);
            machine.load(MirrorTable.core("LVM-service", (long) REGIONS * REGION_SECTORS, REGION_SECTORS)
                    .withHandleErrors());
            machine.resume();
            machine.awaitInSync();
            Writing writing = new Writing(legs.sizeBytes(), new Random(2), kernels::afterRest);
            write(kernels, machine, writing);

            systemd.kill();
            kernels.run(() -> writing.start("m", machine.device(), LANES));
            systemd.awaitRestart(1);
            write(kernels, machine, writing);

            assertEquals(0, kernels.call(writing::failed));
            assertEquals(List.of(), kernels.call(() -> machine.machine().complaints().first()));
            assertEquals(REGIONS, machine.inSync().cardinality(), "in sync");
            assertTrue(kernels.call(() -> Auditor.compare(legs, (long) REGIONS * REGION_SECTORS, REGION_SECTORS,
                    region -> true, region -> false).isClean()), "legs differ");
            machine.remove();
            return kernels.call(() -> machine.machine().refusals());
        }
    }

    /** Some writes, which have all ended afterwards. */
    private void write(Kernels kernels, FleetMachine machine, Writing writing) {
        long before = kernels.call(() -> writing.ended("m"));
        kernels.run(() -> writing.start("m", machine.device(), LANES));
        Waiting.until("writes", LIMIT, () -> kernels.call(() -> writing.ended("m")) > before + SOME, systemd::status);
        kernels.run(writing::stop);
        Waiting.until("the last writes", LIMIT, () -> kernels.call(writing::isQuiet), systemd::status);
    }

    /** The same over real netlink, with a process that plays the kernel: what it asks meanwhile is answered later. */
    @Test
    void shouldKeepItsNetlinkSocketInTheConnectorsGroup() throws Exception {
        systemd = Systemd.boot(state, settings("mirrorlog.kernel.connector = netlink"), List.of(), "--net");
        Process played = new ProcessBuilder(systemd.inside("n", ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx64m", "-cp", System.getProperty("java.class.path"), "org.mirrorlog.kernel.PlayedKernel"))
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader said = played.inputReader(); Writer commands = played.outputWriter()) {
            systemd.set("mirrorlog.kernel.test-port-id = " + said.readLine());
            systemd.start();
            assertEquals(systemd.property("MainPID"), said("mpui", "cat", "/run/cmirrord.pid"), "in its sandbox");
            String socket = member();
            assertTrue(tell(commands, said, "group 1").startsWith("sent"));
            assertTrue(tell(commands, said, "answer").startsWith("answer 1 "));

            systemd.kill();
            assertEquals("sent 0", tell(commands, said, "unicast " + socket + " 2"));
            assertEquals(socket, member(), "still in the group");
            systemd.awaitRestart(1);

            assertTrue(tell(commands, said, "answer").startsWith("answer 2 "));
            assertEquals(socket, member());
        } finally {
            played.destroyForcibly().waitFor();
        }
    }

    /** Port id of the one socket in connector group 7. */
    private String member() throws IOException {
        return said("n", "awk", "$2 == 11 && $4 == \"00000040\" {print $3}", "/proc/net/netlink");
    }

    private String said(String namespaces, String... command) throws IOException {
        return Commands.run(systemd.inside(namespaces, command)).strip();
    }

    private static String tell(Writer commands, BufferedReader said, String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        return said.readLine();
    }
}
