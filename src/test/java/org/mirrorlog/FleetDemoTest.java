package org.mirrorlog;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/run --demo --nodes 3}, watched in a browser: a newcomer loses a machine. */
@Tag("slow")
@Timeout(600)
class FleetDemoTest {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Pattern NODE = Pattern.compile("(?m)^node-[123] +http://\\S+ +pid ([0-9]+)$");
    private static final Pattern BROWSER = Pattern.compile("(?m)^browser +(http://\\S+) ");

    @TempDir
    private Path dir;

    @Test
    void shouldLoseAMachineInSightAndGoOnWithEqualLegs() throws Exception {
        assumeTrue(Files.exists(Path.of("target/mirrorlogd.jar")), "not packaged yet");
        assumeTrue(Browser.isThere(), "chromium is missing");
        Process demo = new ProcessBuilder("deploy/run", "--demo", "--nodes", "3", "--regions", "64", "--seconds", "8")
                .redirectErrorStream(true).redirectOutput(output().toFile()).start();
        try (Browser browser = Browser.open(URI.create("about:blank"), dir.resolve("browser"), 1200, 1400)) {
            browser.go(URI.create(said(demo, BROWSER).group(1)));
            said(demo, Pattern.compile("NODE_REMOVED_NOT_FENCED"));
            // What has happened stays on the page, also after the daemons are gone.
            browser.htmlWith("NODE_REMOVED_NOT_FENCED: ");
            browser.picture(Path.of("target/screenshots/node-lost.png"));

            await("the end").atMost(LIMIT).until(() -> !demo.isAlive());

            assertEquals(0, demo.exitValue(), this::text);
            assertTrue(text().contains("good: "), this::text);
            assertTrue(text().contains("is declared dead"), this::text);
            assertTrue(text().contains("of the others waited for "), this::text);
            List<MatchResult> nodes = NODE.matcher(text()).results().toList();
            assertEquals(3, nodes.size(), this::text);
            nodes.forEach(node -> assertTrue(ProcessHandle.of(Long.parseLong(node.group(1)))
                    .filter(ProcessHandle::isAlive).isEmpty(), "left behind: " + node.group()));
        } finally {
            demo.destroy();
            demo.onExit().join();
        }
    }

    private Path output() {
        return dir.resolve("output");
    }

    private String text() {
        try {
            return Files.readString(output());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private MatchResult said(Process demo, Pattern what) {
        return await(what.pattern()).atMost(LIMIT).until(() -> {
            assertTrue(demo.isAlive() || what.matcher(text()).find(), this::text);
            return what.matcher(text()).results().findFirst().orElse(null);
        }, found -> found != null);
    }
}
