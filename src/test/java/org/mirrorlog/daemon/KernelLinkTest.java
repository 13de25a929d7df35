package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.process.StartException;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

class KernelLinkTest {
    @TempDir
    Path dir;

    private KernelLink link(String connector) {
        return new KernelLink(Settings.read(Settings.load(ConfigFactory.parseString("mirrorlog { lvm.pid-file = \""
                + dir.resolve("pid") + "\", kernel.connector = " + connector + " }")), MachineIdentity.current())
                .kernel());
    }

    @Test
    void shouldShowLvmTheDaemonOfThisMachinesKernelAndNoSecondOne() throws Exception {
        AutoCloseable held = link("netlink").showToLvm();
        try {
            assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(dir.resolve("pid")));

            StartException e = assertThrows(StartException.class, () -> link("netlink").showToLvm());

            assertTrue(e.getMessage().startsWith("mirrorlog.lvm.pid-file: " + dir.resolve("pid")
                    + " is held by process " + ProcessHandle.current().pid())
                    && e.getMessage().lines().count() == 1, e.getMessage());
        } finally {
            held.close();
        }
        link("netlink").showToLvm().close();
    }

    @Test
    void shouldShowLvmNothingWhereAnotherKernelIsServed() throws Exception {
        link("unix").showToLvm().close();

        assertFalse(Files.exists(dir.resolve("pid")));
    }
}
