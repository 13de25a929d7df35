package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/**
 * Each call that a table's record makes on its disk fails once, and the next ones with it, from its constructor to its
 * end: nothing that was acknowledged is lost, the neighbour is served, and so is the table when the fault has ended.
 */
class FaultyRecordTest {
    private static final String LINE = "4194304 clustered-core 1024 nosync";
    private static final long REGIONS = 4_096;
    private static final long LUID = 0x10;
    private static final String OTHER = "LVM-neighbour";
    private static final int MOST_CALLS = 2_000;
    private static final int MOST_TRIES = 40;

    @TempDir
    private Path dir;
    private FaultyDisk disk;
    private OneMachine machine;
    private int otherSeq;
    private int boots;
    private RegionSet acknowledged;

    @ParameterizedTest
    @EnumSource(value = FaultyDisk.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void shouldLoseNothingWhicheverCallFails(FaultyDisk.Fault fault) throws IOException {
        int at = 1;
        do {
            assertTrue(at < MOST_CALLS, "calls end");
            disk = new FaultyDisk(OneMachine.UUID);
            disk.fail(fault, at, 1 + at % 4);
            live(fault + " at call " + at);
            at++;
        } while (disk.hasFailed());
        assertTrue(at > 25, at + " calls");
    }

    private void live(String what) throws IOException {
        acknowledged = RegionSet.empty();
        otherSeq = 1_000_000;
        // Each life with a log of its own, which has heard of no other one's commits.
        String boot = "boot-" + ++boots;
        machine = new OneMachine(boot, 1, RecordDirectory.open(disk, dir, boot));
        neighbour(RequestType.CTR, LINE.getBytes(StandardCharsets.ISO_8859_1), what);
        neighbour(RequestType.RESUME, new byte[0], what);
        until(RequestType.CTR, LINE.getBytes(StandardCharsets.ISO_8859_1), what);
        until(RequestType.RESUME, new byte[0], what);
        for (long region = 0; region < 6; region += 2) {
            RegionSet marks = scattered(region);
            until(RequestType.MARK_REGION, OneMachine.words(marks.toArray()), what);
            acknowledged = acknowledged.with(marks);
            assertRecorded(what);
        }
        until(RequestType.FLUSH, new byte[0], what);
        assertTrue(machine.log().dirty().containsAll(acknowledged), what);
        until(RequestType.CLEAR_REGION, OneMachine.words(scattered(0).toArray()), what);
        until(RequestType.PRESUSPEND, new byte[0], what);
        until(RequestType.POSTSUSPEND, new byte[0], what);
        until(RequestType.DTR, new byte[0], what);
        neighbour(RequestType.DTR, new byte[0], what);
        for (int waits = 0; !isEmpty() && waits < 60; waits++) {
            machine.pass(1_000);
        }
        assertTrue(isEmpty(), what + ": all records are gone");
    }

    private boolean isEmpty() throws IOException {
        try (Stream<Path> left = Files.list(dir)) {
            return left.allMatch(path -> path.endsWith(HeardFile.NAME));
        }
    }

    private static RegionSet scattered(long from) {
        return RegionSet.of(java.util.stream.LongStream.range(0, 40).map(i -> (from + i * 101) % REGIONS));
    }

    /** The kernel asks again until it is told that it is done. */
    private void until(RequestType type, byte[] payload, String what) throws IOException {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            Reply reply = machine.ask(LUID, type, payload);
            neighbour(RequestType.MARK_REGION, OneMachine.words(tries), what);
            neighbour(RequestType.FLUSH, new byte[0], what);
            for (int waits = 0; reply == null && waits < 20; waits++) {
                machine.pass(1_000);
                reply = machine.latestReply();
            }
            if (Reply.done().equals(reply)) {
                return;
            }
            assertTrue(reply == null || type == RequestType.CTR, what + ": " + type + " is answered " + reply);
        }
        assertNotNull(null, what + ": " + type + " is never answered");
    }

    private void neighbour(RequestType type, byte[] payload, String what) {
        assertEquals(Reply.done(), machine.request(new UlogRequest(LUID, OTHER, 2, ++otherSeq, type.code(), payload)),
                what + ": the neighbour's " + type);
    }

    /** What a daemon finds that starts now, on a disk that works. */
    private void assertRecorded(String what) throws IOException {
        for (Path path : RecordDisk.REAL.list(dir, OneMachine.UUID + "*.record")) {
            RecordFile stored = RecordFile.open(RecordDisk.REAL, path);
            stored.close();
            assertTrue(stored.memory().marks().containsAll(acknowledged), what + ": marks are lost");
        }
    }
}
