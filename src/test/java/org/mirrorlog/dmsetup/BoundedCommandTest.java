package org.mirrorlog.dmsetup;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.fencing.FenceCommand;

/** Programs that are started for the operator: bounded, and taken at their exit status. */
@Timeout(60)
class BoundedCommandTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path dir;

    private static Throwable failure(List<String> line, Duration timeout) {
        return assertThrows(CompletionException.class, () -> BoundedCommand.run(line, Map.of(), timeout, false)
                .toCompletableFuture().join()).getCause();
    }

    @Test
    void d16ShouldTellTheFencingProgramWhomItIsFor() throws IOException {
        Path out = dir.resolve("out");
        FenceCommand command = new FenceCommand(List.of("/bin/sh", "-c",
                "echo $1 $2 $MIRRORLOG_NODE $MIRRORLOG_BOOT_ID $MIRRORLOG_ADDRESS > " + out, "sh", "off"), LONG);

        command.fence(new NodeIdentity("node-b", "boot-b"), "10.0.0.2").toCompletableFuture().join();

        assertEquals("off node-b node-b boot-b 10.0.0.2", Files.readString(out).strip());
    }

    @Test
    void shouldFailWithWhatTheProgramSaid() {
        Throwable failure = failure(List.of("/bin/sh", "-c", "echo no such host; echo really >&2; exit 7"), LONG);

        assertTrue(failure instanceof IOException, failure.toString());
        assertEquals("/bin/sh ended with status 7: no such host | really", failure.getMessage());
    }

    @Test
    void shouldFailWhereThereIsNoSuchProgram() {
        assertTrue(failure(List.of("/no/such/program"), LONG) instanceof IOException);
    }

    @Test
    void shouldKillWhatTakesTooLongWithItsChildren() throws IOException {
        Path pid = dir.resolve("pid");

        Throwable failure = failure(List.of("/bin/sh", "-c", "sleep 300 & echo $! > " + pid + "; wait"),
                Duration.ofSeconds(1));

        assertTrue(failure.getMessage().contains("did not end within 1 s"), failure.getMessage());
        long child = Long.parseLong(Files.readString(pid).strip());
        await("the child is gone").atMost(20, TimeUnit.SECONDS)
                .until(() -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void shouldNotWaitForAProgramThatSaysMuch() {
        BoundedCommand.run(List.of("/bin/sh", "-c", "head -c 10000000 /dev/zero"), Map.of(), LONG, false)
                .toCompletableFuture().join();
    }

    @Test
    void shouldGiveWhatTheProgramSaidWholeOrNotAtAll() {
        assertEquals("\u00ff\n", said("printf '\\377\\n'", 2));
        assertTrue(refusal("head -c 100000 /dev/zero", 99_999).getMessage().contains("more than 99999 bytes"));
        assertTrue(refusal("echo half; exit 1", 100).getMessage().contains("status 1: half"));
        // Time for the reader to wait at the pipe: the JDK takes what is in it, and closes it, when the program ends.
        assertTrue(refusal("sleep 30 & echo half; sleep 2", 100).getMessage().contains("may say more"));
    }

    private static String said(String script, int mostBytes) {
        return BoundedCommand.output(List.of("/bin/sh", "-c", script), LONG, mostBytes).toCompletableFuture().join();
    }

    private static Throwable refusal(String script, int mostBytes) {
        return assertThrows(CompletionException.class, () -> said(script, mostBytes)).getCause();
    }
}
