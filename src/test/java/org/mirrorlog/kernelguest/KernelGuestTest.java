package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What all scenarios share: a lab that is closed after the test, evidence of a failure, the kernel's own complaints.
 */
@Tag("kernel")
@ExtendWith(KernelGuestTest.CloseLab.class)
abstract class KernelGuestTest {
    static final long MIB = 1 << 20;
    /** What dm says of itself when its modules are loaded. */
    private static final String GREETINGS = "CONFIG_IMA_DISABLE_HTABLE|version [0-9.]+|initialised";
    /** What dm-log-userspace says while there is no daemon (-3 is ESRCH). */
    private static final String RECONNECTS = "log server not found|Attempting to contact|Reconnected to"
            + "|Request timed out|Unable to send log request .* -3$";

    private static final Duration LAZY_LIMIT = Duration.ofSeconds(60);

    private KernelLab lab;

    /** The lab of this test; null before {@link #openLab} and after a test that failed. */
    KernelLab lab() {
        return lab;
    }

    /** Whether the lab stays for the class's next test; then the class closes it after the last one. */
    boolean keepsLab() {
        return false;
    }

    /**
     * A new lab; where this machine cannot have one the test is skipped, or fails with {@code -Dkernel.guest=required}.
     */
    KernelLab openLab(String name) throws IOException {
        try {
            lab = KernelLab.open(name);
            return lab;
        } catch (LabUnavailableException e) {
            if ("required".equals(System.getProperty("kernel.guest"))) {
                return fail("a real kernel was asked for: " + e.getMessage());
            }
            System.err.println("kernel-guest: SKIPPED: " + e.getMessage());
            return Assumptions.abort(e.getMessage());
        }
    }

    void closeLab() throws IOException {
        if (lab != null) {
            KernelLab closing = lab;
            lab = null;
            closing.close();
        }
    }

    /** The guest's two legs under the names of all scenarios. */
    List<String> legs() {
        return List.of(lab.device("leg0"), lab.device("leg1"));
    }

    /** AssertionError with the lines if device-mapper has complained since the guest's boot. */
    void assertNoComplaints() {
        assertNoComplaintsBut(GREETINGS);
    }

    /** The same where the daemon was away for a while, which the kernel may say. */
    void assertNoComplaintsButReconnects() {
        assertNoComplaintsBut(GREETINGS + "|" + RECONNECTS);
    }

    private void assertNoComplaintsBut(String harmless) {
        assertEquals("", complaints(lab, harmless), "the guest's kernel complained");
    }

    /** What device-mapper has complained of since the guest's boot; empty if it has not. */
    static String complaints(KernelLab lab) {
        return complaints(lab, GREETINGS);
    }

    private static String complaints(KernelLab lab, String harmless) {
        return lab.inGuest("dmesg | grep -E 'device-mapper|dm-|I/O error' | grep -vE '" + harmless + "' || true");
    }

    /** Waits until the daemon shows no dirty region: every lazy clear has been handed on. */
    void awaitNothingDirty(Mirror mirror) {
        Await.until("all clears handed on", LAZY_LIMIT, () -> lab.daemon().logJson(mirror.table().uuid()),
                json -> json.replace(" ", "").contains("\"dirty\":0,"));
    }

    /** Sectors written to a disk of the guest since its boot. */
    long sectorsWritten(String disk) {
        return Long.parseLong(lab.inGuest("awk '{print $7}' /sys/class/block/$(basename $(readlink -f "
                + lab.device(disk) + "))/stat"));
    }

    /** Runs right after the test method, while the guest of a failed test can still be asked. */
    static final class CloseLab implements AfterTestExecutionCallback {
        @Override
        public void afterTestExecution(ExtensionContext context) throws IOException {
            KernelGuestTest test = (KernelGuestTest) context.getRequiredTestInstance();
            boolean failed = context.getExecutionException().isPresent();
            if (failed && test.lab != null) {
                test.lab.saveDmesg();
                System.err.println("kernel-guest: logs of the failed scenario: " + test.lab.directory());
            }
            if (failed || !test.keepsLab()) {
                test.closeLab();
            }
        }
    }
}
