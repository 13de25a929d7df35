package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is learned about this machine's kernel: support, members of the group. */
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
