package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.posix.Credentials;
import org.mirrorlog.posix.NetlinkSocket;
import org.mirrorlog.posix.PosixException;

/**
 * The connector over real netlink sockets, in a network namespace of its own, with a second root process that plays the
 * kernel. One run of {@link NetlinkScenario}; a test per check in it.
 */
@Timeout(120)
class NetlinkConnectorTest {
    private static final List<String> RESULTS = new ArrayList<>();

    @BeforeAll
    static void runScenario() throws Exception {
        assumeTrue(Credentials.ofThisProcess().uid() == 0, "needs root: a network namespace and a connector group");
        assumeTrue(hasConnector(), "this kernel has no connector (CONFIG_CONNECTOR)");
        Process scenario = new ProcessBuilder("unshare", "--net",
                ProcessHandle.current().info().command().orElseThrow(), "-Xmx128m", "-XX:+UseSerialGC",
                "-Dlogback.configurationFile=logback-test.xml", "-cp", System.getProperty("java.class.path"),
                NetlinkScenario.class.getName())
                .redirectErrorStream(true).start();
        try {
            String output = new String(scenario.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            System.out.print(output);
            output.lines().forEach(RESULTS::add);
            assertEquals(0, scenario.waitFor(), "exit status of the scenario");
        } finally {
            scenario.descendants().forEach(ProcessHandle::destroyForcibly);
            scenario.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static boolean hasConnector() {
        try {
            NetlinkSocket.bind(NetlinkSocket.PROTOCOL_CONNECTOR, 0, 0).close();
            return true;
        } catch (PosixException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shouldServeTheAcceptedPort", "shouldServeTheGroup", "shouldAskAgainForABrokenBody",
        "shouldDropAndCountForeignSenders", "shouldServeTheKernelAloneByDefault", "shouldRefuseASecondDaemon",
        "shouldGoOnAfterAnOverrun", "shouldEndCleanly"})
    void overNetlink(String check) {
        Optional<String> result = RESULTS.stream().filter(line -> line.matches("(ok|FAILED) " + check + "\\b.*"))
                .findFirst();

        assertEquals(Optional.of("ok " + check), result);
    }

    @Test
    void shouldHaveRunNothingElse() {
        assertEquals(8, RESULTS.stream().filter(line -> line.matches("(ok|FAILED) .*")).count());
    }
}
