package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.instance.HeardNumbers.Last;
import org.mirrorlog.kernel.Waiting;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/**
 * The disk of the data directory hangs, in each call in turn, while records of tables are in memory: every table is
 * served meanwhile, new ones too, and what was heard is on the disk when the hang has ended.
 */
@Timeout(60)
class HangingDiskTest {
    private static final String LINE = "4194304 clustered-core 1024 nosync";
    private static final long LUID = 0x10;
    private static final List<String> LOGS = List.of("LVM-one", "LVM-other");
    private static final int MOST_CALLS = 100;

    @TempDir
    private Path dir;
    private RecordDirectory.Places places;
    private OneMachine machine;
    private int seq;

    @Test
    void shouldServeEveryTableWhicheverCallHangs() throws Exception {
        int at = 1;
        FaultyDisk disk;
        do {
            assertTrue(at < MOST_CALLS, "calls end");
            Path life = Files.createDirectories(dir.resolve("life-" + at));
            places = new RecordDirectory.Places(life.resolve("lasting"), life.resolve("live"));
            Files.createDirectories(places.lasting());
            Files.createDirectories(places.live());
            disk = new FaultyDisk(places.lasting(), "");
            live(disk, at);
            at++;
        } while (disk.hasFailed());
        assertTrue(at > 8, at + " calls");
    }

    private void live(FaultyDisk disk, int at) throws Exception {
        String when = "call " + at + " hangs";
        ExecutorService writer = Executors.newSingleThreadExecutor();
        ExecutorService keeper = Executors.newSingleThreadExecutor();
        try {
            RecordDirectory records = RecordDirectory.open(disk, places, "boot-1", writer);
            disk.fail(FaultyDisk.Fault.HANG, at, 1);
            machine = new OneMachine("boot-1", 1, records);
            LOGS.forEach(log -> use(log, when));
            CompletableFuture<Void> forced = CompletableFuture.runAsync(() -> force(records), keeper);
            FaultyDisk hanging = disk;
            Waiting.until("it hangs, or nothing more is to do", () -> hanging.isHanging() || forced.isDone());
            LOGS.forEach(log -> goOn(log, when));
            assertEquals(LOGS.size(), RecordDisk.REAL.list(places.live(), "*.record").size(), when);
            LOGS.forEach(log -> ask(log, RequestType.DTR, new byte[0], when));
            assertEquals(List.of(), RecordDisk.REAL.list(places.live(), "*.record"), when);
            for (String log : LOGS) {
                assertTrue(records.heard().last(log).number() > 0, when);
            }

            disk.mend();
            forced.join();
            force(records);
            for (String log : LOGS) {
                Last last = new HeardFile(RecordDisk.REAL, places.lasting()).last(log);
                assertEquals(machine.logs.get(log).number(), last.number(), when + ": what was heard of " + log);
            }
        } finally {
            disk.mend();
            writer.shutdownNow();
            keeper.shutdownNow();
        }
    }

    private static void force(RecordDirectory records) {
        try {
            records.force();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void use(String log, String when) {
        ask(log, RequestType.CTR, LINE.getBytes(StandardCharsets.ISO_8859_1), when);
        ask(log, RequestType.RESUME, new byte[0], when);
        mark(log, 7, when);
    }

    private void goOn(String log, String when) {
        for (long region = 0; region < 600; region += 3) {
            // Far more than the first half of its record has room for.
            ask(log, RequestType.MARK_REGION, OneMachine.words(region), when);
        }
        mark(log, 11, when);
        assertEquals(Reply.flag(true), reply(log, RequestType.IN_SYNC, OneMachine.words(11)), when);
        RegionSet stored = stored(log).marks();
        assertTrue(stored.contains(11) && stored.contains(597), when + ": in the record");
        ask(log, RequestType.PRESUSPEND, new byte[0], when);
        ask(log, RequestType.POSTSUSPEND, new byte[0], when);
    }

    private void mark(String log, long region, String when) {
        ask(log, RequestType.MARK_REGION, OneMachine.words(region), when);
        ask(log, RequestType.FLUSH, new byte[0], when);
        assertTrue(machine.logs.get(log).dirty().contains(region), when);
    }

    private Memory stored(String log) {
        try {
            RecordFile file = RecordFile.open(RecordDisk.REAL,
                    places.live().resolve(RecordName.of(new InstanceKey(log, LUID))));
            file.close();
            return file.memory();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void ask(String log, RequestType type, byte[] payload, String when) {
        assertEquals(Reply.done(), reply(log, type, payload), when + ": " + type + " of " + log);
    }

    private Reply reply(String log, RequestType type, byte[] payload) {
        return machine.request(new UlogRequest(LUID, log, 2, ++seq, type.code(), payload));
    }
}
