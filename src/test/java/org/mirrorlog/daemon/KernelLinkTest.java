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
import org.mirrorlog.process.StartWatch;
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

    /** With all other faults, and before a lock is taken or a file is written. */
    @Test
    void shouldSeeBeforeTheStartThatSomebodyElseIsShownToLvm() throws Exception {
        link("netlink").requireUnshown();
        assertFalse(Files.exists(dir.resolve("pid")), "nothing is touched");
        Files.writeString(dir.resolve("pid"), "999999999 left behind");
        link("netlink").requireUnshown();
        assertEquals("999999999 left behind", Files.readString(dir.resolve("pid")));

        AutoCloseable held = link("netlink").showToLvm();
        try {
            StartException e = assertThrows(StartException.class, () -> link("netlink").requireUnshown());
            assertTrue(e.getMessage().startsWith("mirrorlog.lvm.pid-file: " + dir.resolve("pid")
                    + " is held by process " + ProcessHandle.current().pid()), e.getMessage());
            Settings settings = Settings.read(Settings.load(ConfigFactory.parseString("mirrorlog { lvm.pid-file = \""
                    + dir.resolve("pid") + "\", data-dir = \"" + dir.resolve("pid/below") + "\" }")),
                    MachineIdentity.current());
            StartException all = assertThrows(StartException.class, () ->
                    StartChecks.require(settings, StartWatch.begin(() -> 0)));
            assertTrue(all.getMessage().contains("mirrorlog.lvm.pid-file: ")
                    && all.getMessage().contains("mirrorlog.data-dir " + dir.resolve("pid/below")), all.getMessage());
        } finally {
            held.close();
        }
    }

    @Test
    void shouldShowLvmNothingWhereAnotherKernelIsServed() throws Exception {
        link("unix").showToLvm().close();

        assertFalse(Files.exists(dir.resolve("pid")));
    }
}
