package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/**
 * Each call of a start in turn fails, whatever file it is about: {@code boots}, {@code starts}, {@code id}, the stamp
 * of the live records, the witness that outlives them all, records. Three starts: the first one serves, and its data
 * directory is copied; the second one serves with records elsewhere; the third one finds the copy put back, and the
 * place of the first one's records. What was answered in between must never be missing from what it believes.
 */
class WitnessFaultTest {
    private static final String LINE = "65536 clustered-core 1024 nosync";
    private static final String BOOT = "boot-1";
    private static final long LUID = 0x10;
    private static final String NAME = RecordName.of(new InstanceKey(OneMachine.UUID, LUID));
    private static final int MOST_CALLS = 300;

    @TempDir
    private Path dir;
    private Path life;
    private long uptimeMs = 1_000;
    private OneMachine machine;
    private List<String> warnings;
    private Optional<String> refusal;

    private Path witness() {
        return life.resolve("run/last-start");
    }

    /** One start of a daemon; returns whether it serves. */
    private boolean start(RecordDisk disk, String live) throws IOException {
        uptimeMs += 1_000;
        warnings = new ArrayList<>();
        Path lasting = Files.createDirectories(life.resolve("data"));
        RecordDirectory.Places places = new RecordDirectory.Places(lasting, Files.createDirectories(life.resolve(live)),
                Files::createDirectories, UUID.nameUUIDFromBytes(life.toString().getBytes(StandardCharsets.UTF_8)),
                Optional.of(witness()));
        try {
            RecordDirectory records = RecordDirectory.open(disk, places, BOOT, Runnable::run);
            long number = records.nextStart(uptimeMs,
                    ServedBoots.open(disk, lasting, new ServedBoots.Own("machine", "node", BOOT)));
            OneMachine before = machine;
            machine = new OneMachine(BOOT, number, records);
            if (before != null) {
                machine.logs.putAll(before.logs);
            }
            records.takeUpAll(machine.instances, machine.nowMs, warnings::add);
            return true;
        } catch (IOException e) {
            refusal = Optional.of(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void use(long region) {
        if (!isKnown()) {
            ask(RequestType.CTR, LINE.getBytes(StandardCharsets.ISO_8859_1));
            ask(RequestType.RESUME, new byte[0]);
        }
        ask(RequestType.MARK_REGION, OneMachine.words(region));
    }

    private void ask(RequestType type, byte[] payload) {
        assertEquals(Reply.done(), machine.ask(LUID, type, payload), type.name());
    }

    private boolean isKnown() {
        return machine.instances.views().stream().anyMatch(table -> table.key().luid() == LUID);
    }

    private boolean isMarked(long region) throws IOException {
        Path path = life.resolve("one").resolve(NAME);
        RecordFile file = RecordFile.open(RecordDisk.REAL, Files.exists(path) ? path : life.resolve("data/" + NAME));
        file.close();
        return file.memory().marks().contains(region);
    }

    private void copy(Path from, Path to) throws IOException {
        if (Files.exists(to)) {
            for (Path old : RecordDisk.REAL.list(to, "*")) {
                Files.delete(old);
            }
        }
        Files.createDirectories(to);
        for (Path each : RecordDisk.REAL.list(from, "*")) {
            Files.copy(each, to.resolve(each.getFileName()));
        }
    }

    private void begin(String name) throws IOException {
        life = Files.createDirectories(dir.resolve(name));
        Files.createDirectories(witness().getParent());
        machine = null;
        refusal = Optional.empty();
        assertTrue(start(RecordDisk.REAL, "one"));
        use(1);
        copy(life.resolve("data"), life.resolve("copy"));
    }

    private boolean isWarnedOf(String what) {
        return warnings.stream().anyMatch(line -> line.contains(what) && line.contains(witness().toString()));
    }

    /** A start that is refused says where; one that serves and could not be noted says so. */
    @ParameterizedTest
    @EnumSource(value = FaultyDisk.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void s3ShouldNotBelieveTheCopyWhicheverCallOfTheStartBetweenFailed(FaultyDisk.Fault fault) throws IOException {
        FaultyDisk disk;
        int at = 0;
        do {
            assertTrue(++at < MOST_CALLS, "calls end");
            String what = fault + " at call " + at;
            begin(fault + "-between-" + at);
            disk = new FaultyDisk("");
            disk.fail(fault, at, 1);
            boolean isServed = start(disk, "two");
            boolean isUnwitnessed = isWarnedOf("cannot be noted in");
            disk.mend();
            if (isServed) {
                use(3);
            } else {
                assertTrue(refusal.orElseThrow().contains(life.toString()), what + ": " + refusal);
            }
            copy(life.resolve("copy"), life.resolve("data"));

            assertTrue(start(RecordDisk.REAL, "one"), what);

            assertTrue(!isKnown() || isMarked(1), what);
            assertTrue(!isKnown() || !isServed || isUnwitnessed, what + ": what was answered is missing");
        } while (disk.hasFailed());
        assertTrue(at > 30, at + " calls");
    }

    /** Nothing older is believed because something could not be read. */
    @ParameterizedTest
    @EnumSource(value = FaultyDisk.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void s3ShouldNotBelieveTheCopyWhicheverCallOfTheStartAfterItFails(FaultyDisk.Fault fault) throws IOException {
        FaultyDisk disk;
        int at = 0;
        do {
            assertTrue(++at < MOST_CALLS, "calls end");
            String what = fault + " at call " + at;
            begin(fault + "-after-" + at);
            assertTrue(start(RecordDisk.REAL, "two"));
            use(3);
            copy(life.resolve("copy"), life.resolve("data"));
            disk = new FaultyDisk("");
            disk.fail(fault, at, 1);

            boolean isServed = start(disk, "one");

            assertTrue(isServed || refusal.orElseThrow().contains(life.toString()), what + ": " + refusal);
            assertTrue(!isServed || !isKnown(), what + ": believed");
            disk.mend();
            assertTrue(start(RecordDisk.REAL, "one"), what);
            assertTrue(!isKnown(), what + ": believed by the next start");
        } while (disk.hasFailed());
        assertTrue(at > 20, at + " calls");
    }
}
