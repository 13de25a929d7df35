package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/mirrorlogd.service}, read by systemd itself. */
@Timeout(60)
class ServiceUnitTest {
    private static final Path UNIT = Path.of("deploy/mirrorlogd.service");
    private static final String PLACE = "/opt/mirrorlogd";

    @TempDir
    private Path directory;

    private String verify(String text) throws IOException, InterruptedException {
        Path unit = Files.writeString(directory.resolve("mirrorlogd.service"), text);
        Process process = new ProcessBuilder("systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                unit.toString())
                .redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return process.exitValue() + ":" + said;
    }

    @Test
    void shouldBeAUnitThatSystemdTakesWholly() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "package systemd is not installed");
        String text = Files.readString(UNIT).replace(PLACE, Path.of("").toAbsolutePath().toString());

        assertEquals("0:", verify(text));
        assertTrue(verify(text.replace("RestartSec=1", "RestartSec=soon")).startsWith("1:"), "the check can fail");
    }

    /** The unit says of each thing that it leaves open why. */
    @Test
    void shouldLeaveLittleOpen() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "package systemd is not installed");
        String text = Files.readString(UNIT);

        assertEquals(0, exposure(text).status(), () -> "more than 4.0: " + exposure(text).text());
        String open = text.replaceAll("(?m)^(SystemCallFilter|RestrictNamespaces|ProtectKernel|Private).*", "");
        assertNotEquals(0, exposure(open).status(), "the check can fail");
    }

    private Commands.Ended exposure(String text) {
        try {
            Path unit = Files.writeString(directory.resolve("mirrorlogd.service"), text);
            return Commands.tryRun(List.of("systemd-analyze", "security", "--offline=true", "--threshold=40",
                    "--no-pager", unit.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
