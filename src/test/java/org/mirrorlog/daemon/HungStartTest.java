package org.mirrorlog.daemon;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.HungDirectory;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartWatch;
import org.mirrorlog.protocol.RequestType;

/** One of two daemons is a member already when its disk hangs in its start. */
@Tag("slow")
@Timeout(240)
class HungStartTest {
    private static final byte[] NOTHING = {};
    private static final String LINE = "65536 clustered-core 1024 nosync";
    private static final long MINUTE_MS = 60_000;

    @TempDir
    private Path dir;
    /** What the clock of the start is ahead. */
    private final AtomicLong aheadMs = new AtomicLong();

    private static void flush(PlainKernel table, long region) throws Exception {
        table.askPatiently(RequestType.MARK_REGION, PlainKernel.words(region));
        table.askPatiently(RequestType.FLUSH, NOTHING);
    }

    private static boolean isMember(Daemons daemons, String name) {
        return StreamSupport.stream(daemons.json(1, "/mirrorlog/nodes").path("nodes").spliterator(), false)
                .anyMatch(node -> node.path("node").asText().equals(name)
                        && node.path("state").asText().equals(NodeState.UP.word()));
    }

    @Test
    void shouldLeaveTheOthersThatWaitForItAndServeOnceTheDiskAnswers() throws Exception {
        try (Daemons daemons = Daemons.start(dir, "hung-start", 2,
                "mirrorlog.kernel.records-dir = \"" + dir.resolve("records-NODE") + "\"\n");
                PlainKernel one = daemons.resumed(1, "LVM-a", LINE);
                PlainKernel two = daemons.resumed(2, "LVM-b", LINE)) {
            flush(one, 1);
            flush(two, 1);
            daemons.stop(2);
            await("it is gone").atMost(60, TimeUnit.SECONDS).until(() -> !isMember(daemons, "node-2"));
            Path instances = dir.resolve("data-2/instances");
            Path away = dir.resolve("instances");
            Files.move(instances, away);
            CompletableFuture<Void> start;
            try (HungDirectory hung = HungDirectory.at(instances)) {
                start = CompletableFuture.runAsync(() -> {
                    try (StartWatch watch = StartWatch.begin(() -> KernelBridge.nowMs() + aheadMs.get())) {
                        daemons.restart(2, watch);
                    } catch (StartException e) {
                        throw new CompletionException(e);
                    }
                });
                await("a member that starts").atMost(60, TimeUnit.SECONDS).until(() -> isMember(daemons, "node-2"));
                await("one that has left").atMost(60, TimeUnit.SECONDS).until(() -> {
                    aheadMs.addAndGet(MINUTE_MS);
                    return !isMember(daemons, "node-2");
                });

                flush(one, 2);
                daemons.resumed(1, "LVM-b", LINE).close();
                assertFalse(start.isDone(), "it waits for its disk");
                hung.fail();
                assertInstanceOf(StartException.class, assertThrows(CompletionException.class,
                        () -> start.orTimeout(60, TimeUnit.SECONDS).join()).getCause());
            }
            Files.delete(instances);
            Files.move(away, instances);

            daemons.restart(2);

            two.find(daemons.socket(2));
            flush(two, 3);
            flush(one, 3);
        }
    }
}
