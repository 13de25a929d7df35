package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/**
 * Records in a directory of their own: what older builds have left in the other one comes along, and whatever is older
 * than what was answered is never believed (S3, D14).
 */
class LiveRecordsTest {
    private static final String LINE = "65536 clustered-core 1024 nosync";
    private static final String BOOT = "boot-1";
    private static final long LUID = 0x10;
    private static final String NAME = RecordName.of(new InstanceKey(OneMachine.UUID, LUID));
    private static final int MOST_CALLS = 200;

    @TempDir
    private Path dir;
    private RecordDirectory.Places apart;
    private long uptimeMs = 1_000;
    private final List<String> warnings = new ArrayList<>();
    private OneMachine machine;

    @BeforeEach
    void make() throws IOException {
        fresh("first");
    }

    private void fresh(String name) throws IOException {
        apart = new RecordDirectory.Places(dir.resolve(name + "/lasting"), dir.resolve(name + "/live"));
        Files.createDirectories(apart.lasting());
        Files.createDirectories(apart.live());
    }

    /** A build that knows one directory only, or one to which no other was given. */
    private void startInOne() throws IOException {
        start(RecordDirectory.open(apart.lasting(), BOOT));
    }

    private void start() throws IOException {
        start(RecordDisk.REAL);
    }

    private void start(RecordDisk disk) throws IOException {
        start(RecordDirectory.open(disk, apart, BOOT, Runnable::run));
    }

    private void start(RecordDirectory records) throws IOException {
        uptimeMs += 1_000;
        long number = records.nextStart(uptimeMs, ServedBoots.open(apart.lasting(),
                new ServedBoots.Own("machine", "node", BOOT)));
        OneMachine before = machine;
        machine = new OneMachine(BOOT, number, records);
        if (before != null) {
            machine.logs.putAll(before.logs);
        }
        records.takeUpAll(machine.instances, machine.nowMs, warnings::add);
    }

    private boolean isStarted(RecordDisk disk) {
        try {
            start(disk);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void use() {
        ask(RequestType.CTR, LINE.getBytes(StandardCharsets.ISO_8859_1));
        ask(RequestType.RESUME, new byte[0]);
    }

    private void mark(long region) {
        ask(RequestType.MARK_REGION, OneMachine.words(region));
    }

    private void ask(RequestType type, byte[] payload) {
        assertEquals(Reply.done(), machine.ask(LUID, type, payload), type.name());
    }

    private boolean isKnown() {
        return machine.instances.views().stream().anyMatch(table -> table.key().luid() == LUID);
    }

    private boolean isMarked(long region) throws IOException {
        Path path = apart.live().resolve(NAME);
        RecordFile file = RecordFile.open(RecordDisk.REAL,
                Files.exists(path) ? path : apart.lasting().resolve(NAME));
        file.close();
        return file.memory().marks().contains(region);
    }

    @Test
    void shouldTakeOverWhatAnOlderBuildHasLeftAndFindItAgain() throws IOException {
        startInOne();
        use();
        mark(3);

        start();

        assertTrue(isKnown());
        assertFalse(Files.exists(apart.lasting().resolve(NAME)));
        assertTrue(isMarked(3));
        assertTrue(machine.warnings.isEmpty() && warnings.isEmpty(), "it goes on as after any start");
        mark(4);
        start();
        assertTrue(isKnown() && isMarked(3) && isMarked(4));
    }

    /** It is set aside where it was moved to, and found by no later start. */
    @Test
    void d15ShouldSetARecordAsideThatWasMovedAndWhoseTableThrows() throws IOException {
        startInOne();
        use();
        mark(3);
        RecordDirectory records = RecordDirectory.open(RecordDisk.REAL, apart, BOOT, Runnable::run);
        OneMachine broken = new OneMachine(BOOT, 2, new InstanceRecord.Store() {
            @Override
            public InstanceRecord create(InstanceKey key, String constructor, Memory memory) {
                return records.create(key, constructor, memory);
            }

            @Override
            public HeardNumbers heard() {
                throw new IllegalStateException("of a test");
            }
        });

        records.takeUpAll(broken.instances, broken.nowMs, warnings::add);

        assertEquals(1, warnings.stream().filter(line -> line.contains("set aside")).count(), warnings::toString);
        assertTrue(Files.exists(apart.live().resolve(NAME + ".damaged")));
        warnings.clear();
        start();
        assertFalse(isKnown());
        assertTrue(warnings.isEmpty(), warnings::toString);
        use();
        assertTrue(isKnown());
    }

    /** It has served tables since, and they have marked what the records left behind know nothing of. */
    @Test
    void s3ShouldNotBelieveRecordsAfterAStartThatHadItsOwnElsewhere() throws IOException {
        start();
        use();
        startInOne();
        assertFalse(isKnown(), "it cannot know");

        start();

        assertFalse(isKnown(), "nor is it known what was marked since");
        assertEquals(List.of(), RecordDisk.REAL.list(apart.live(), "*.record"));
    }

    @Test
    void s3ShouldBelieveTheRecordsOfThatStart() throws IOException {
        start();
        use();
        startInOne();
        use();
        mark(5);

        start();

        assertTrue(isKnown() && isMarked(5));
        assertFalse(Files.exists(apart.lasting().resolve(NAME)));
    }

    @Test
    void s3ShouldNotBelieveRecordsOfALostDataDirectory() throws IOException {
        start();
        use();
        Files.delete(apart.lasting().resolve("starts"));

        start();

        assertFalse(isKnown());
    }

    @Test
    void shouldKeepRecordsInTheDataDirectoryWhereTheyCannotBeElsewhere() throws IOException {
        FaultyDisk disk = new FaultyDisk(apart.live(), LiveRecords.STAMP);
        disk.fail(FaultyDisk.Fault.ENOSPC, 1, 1_000);

        start(disk);
        use();
        mark(6);

        assertTrue(warnings.get(0).contains("cannot be kept in"), warnings.toString());
        assertTrue(Files.exists(apart.lasting().resolve(NAME)));
        start();
        assertTrue(isKnown() && isMarked(6) && Files.exists(apart.live().resolve(NAME)));
    }

    @Test
    void shouldGoOnWithARecordThatCannotBeMovedAndMakeTheNextOneInItsPlace() throws IOException {
        startInOne();
        use();
        FaultyDisk disk = new FaultyDisk(apart.live(), OneMachine.UUID);
        disk.fail(FaultyDisk.Fault.ENOSPC, 1, 1_000);

        start(disk);

        assertTrue(isKnown());
        assertTrue(warnings.get(0).contains("stays in"), warnings.toString());
        mark(7);
        assertTrue(isMarked(7));
        disk.mend();
        ask(RequestType.PRESUSPEND, new byte[0]);
        ask(RequestType.POSTSUSPEND, new byte[0]);
        ask(RequestType.DTR, new byte[0]);
        use();
        mark(8);
        assertTrue(Files.exists(apart.lasting().resolve(NAME)), "beside an older one it would not be believed");
        start();
        assertTrue(isKnown() && isMarked(8) && Files.exists(apart.live().resolve(NAME)));
    }

    /** Whichever call of the move fails, and the next ones with it: what a later start finds knows every mark. */
    @ParameterizedTest
    @EnumSource(value = FaultyDisk.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void s3ShouldNeverFindAnOlderRecordWhicheverCallFailed(FaultyDisk.Fault fault) throws IOException {
        int at = 1;
        FaultyDisk disk;
        do {
            assertTrue(at < MOST_CALLS, "calls end");
            fresh(fault + "-" + at);
            machine = null;
            startInOne();
            use();
            mark(1);
            disk = new FaultyDisk(OneMachine.UUID);
            disk.fail(fault, at, 1 + at % 3);
            boolean isServed = isStarted(disk) && isKnown();
            disk.mend();
            if (isServed) {
                mark(2);
            }
            start();
            if (isKnown()) {
                assertTrue(isMarked(1) && (isMarked(2) || !isServed), fault + " at call " + at);
            }
            at++;
        } while (disk.hasFailed());
        assertTrue(at > 10, at + " calls");
    }

    private void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (Path old : RecordDisk.REAL.list(to, "*")) {
            Files.delete(old);
        }
        for (Path each : RecordDisk.REAL.list(from, "*")) {
            Files.copy(each, to.resolve(each.getFileName()));
        }
    }

    /** The live records know marks that the record in the copy does not. */
    @Test
    void s3ShouldNotBelieveARecordOfACopyFromBeforeItMoved() throws IOException {
        startInOne();
        use();
        mark(1);
        copy(apart.lasting(), dir.resolve("copy"));
        start();
        mark(3);
        copy(dir.resolve("copy"), apart.lasting());

        start();

        assertFalse(isKnown(), "what the copy says is older, what is beside it is of later starts");
        assertEquals(List.of(), RecordDisk.REAL.list(apart.live(), "*.record"));
        assertEquals(List.of(), RecordDisk.REAL.list(apart.lasting(), "*.record"));
    }

    /** Numbers of starts are compared within one data directory only. */
    @Test
    void s3ShouldNotBelieveRecordsThatAnotherDataDirectoryHasPutThere() throws IOException {
        start();
        RecordDirectory.Places first = apart;
        apart = new RecordDirectory.Places(Files.createDirectories(dir.resolve("other")), first.live());
        start();
        use();
        mark(3);
        apart = first;

        start();

        assertFalse(isKnown());
        assertEquals(List.of(), RecordDisk.REAL.list(apart.live(), "*.record"));
    }

    private RecordDirectory.Places witnessed(String lasting, String live) throws IOException {
        return new RecordDirectory.Places(Files.createDirectories(dir.resolve(lasting)),
                Files.createDirectories(dir.resolve(live)), Files::createDirectories,
                UUID.nameUUIDFromBytes(lasting.getBytes(StandardCharsets.UTF_8)), Optional.of(dir.resolve("witness")));
    }

    /** Another place of records has served the tables since, of which the copy of the data directory knows nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"one", "data"})
    void s3ShouldNotBelieveRecordsOfAnEarlierPlaceIfACopyWasPutBack(String first) throws IOException {
        apart = witnessed("data", first);
        start();
        use();
        mark(1);
        copy(apart.lasting(), dir.resolve("copy"));
        apart = witnessed("data", "two");
        start();
        use();
        mark(3);
        copy(dir.resolve("copy"), apart.lasting());
        apart = witnessed("data", first);

        start();

        assertFalse(isKnown());
        assertEquals(List.of(), RecordDisk.REAL.list(apart.live(), "*.record"));
        assertTrue(warnings.get(warnings.size() - 1).startsWith("the data directory is older"), warnings.toString());
        use();
        mark(5);
        start();
        assertTrue(isKnown() && isMarked(5), "and from then on as ever");
    }

    /** What was written under the one in between is known to the kernel, and to none of the first one's records. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void s3ShouldNotBelieveRecordsOnceAnotherDataDirectoryHasServed(boolean isApart) throws IOException {
        apart = witnessed("x", isApart ? "live of x" : "x");
        start();
        use();
        mark(1);
        apart = witnessed("y", isApart ? "live of y" : "y");
        start();
        use();
        mark(3);
        apart = witnessed("x", isApart ? "live of x" : "x");

        start();

        assertFalse(isKnown());
        assertTrue(warnings.get(warnings.size() - 1).startsWith("the data directory is another one, or older,"),
                warnings.toString());
        use();
        mark(5);
        start();
        assertTrue(isKnown() && isMarked(5), "and from then on as ever");
    }

    /** A start that finds out that its directory is older, and then does not begin, leaves that as it is. */
    @Test
    void s3ShouldNotForgetThatTheDirectoryIsOlderWhenTheStartFails() throws IOException {
        apart = witnessed("data", "one");
        start();
        use();
        mark(1);
        copy(apart.lasting(), dir.resolve("copy"));
        apart = witnessed("data", "two");
        start();
        use();
        mark(3);
        copy(dir.resolve("copy"), apart.lasting());
        apart = witnessed("data", "three");
        FaultyDisk disk = new FaultyDisk(apart.lasting(), "starts");
        disk.fail(FaultyDisk.Fault.EIO, 3, 1_000);
        assertFalse(isStarted(disk));
        apart = witnessed("data", "one");

        start();

        assertFalse(isKnown());
    }

    @Test
    void shouldBelieveWhatTheWitnessDoesNotDeny() throws IOException {
        apart = witnessed("data", "one");
        start();
        use();
        mark(3);
        start();
        assertTrue(isKnown() && isMarked(3) && warnings.isEmpty(), "an ordinary start");
        FaultyDisk disk = new FaultyDisk(apart.lasting(), "starts");
        disk.fail(FaultyDisk.Fault.EIO, 2, 1_000);
        assertFalse(isStarted(disk));
        start();
        assertTrue(isKnown() && isMarked(3) && warnings.isEmpty(), "after one that has served nobody");

        Files.delete(dir.resolve("witness"));
        start();
        assertTrue(isKnown() && isMarked(3) && warnings.isEmpty(), "as after an older build");
        Files.delete(dir.resolve("witness"));
        Files.createDirectory(dir.resolve("witness"));
        start();
        assertFalse(isKnown(), "it may say something, and cannot be read");
        assertTrue(warnings.get(0).startsWith("which start has served this machine's tables last cannot be read in "));
        Files.delete(dir.resolve("witness"));
        use();
        mark(3);
        start();
        assertTrue(isKnown() && isMarked(3), "mended");
    }

    /** Under a number that was never given nothing was answered. */
    @Test
    void shouldFindRecordsAgainAfterAStartThatCouldNotBeNoted() throws IOException {
        start();
        use();
        mark(3);
        FaultyDisk disk = new FaultyDisk(apart.lasting(), "starts");
        disk.fail(FaultyDisk.Fault.EIO, 2, 1_000);
        assertFalse(isStarted(disk));

        start();

        assertTrue(isKnown() && isMarked(3));
    }

    @Test
    void shouldGoOnWhereTheDirectoryWasRemovedInMidLife() throws IOException {
        start();
        for (Path each : RecordDisk.REAL.list(apart.live(), "*")) {
            Files.delete(each);
        }
        Files.delete(apart.live());

        use();
        mark(3);
        start();

        assertTrue(isKnown() && isMarked(3));
    }

    /** The one in the data directory is not made again: what was moved away may come back. */
    @Test
    void shouldSayWhatToDoWhereTheLastingDirectoryWasRemovedAndServeAfterTheNextStart() throws IOException {
        startInOne();
        for (Path each : RecordDisk.REAL.list(apart.lasting(), "*")) {
            Files.delete(each);
        }
        Files.delete(apart.lasting());
        assertFalse(machine.ask(LUID, RequestType.CTR, LINE.getBytes(StandardCharsets.ISO_8859_1))
                .equals(Reply.done()));
        assertTrue(machine.warnings.get(0).contains("is gone: start the daemon anew"), machine.warnings.toString());

        startInOne();
        use();
        mark(3);

        assertTrue(isMarked(3));
    }

    @Test
    void d14ShouldNotTakeUpWhatAnotherHasPutInItsPlace() throws IOException {
        Path path = apart.live().resolve(NAME);
        InstanceKey key = new InstanceKey(OneMachine.UUID, LUID);
        for (RecordHeader other : List.of(RecordFile.names("boot-2", key, LINE),
                RecordFile.names(BOOT, new InstanceKey(OneMachine.UUID, LUID + 1), LINE))) {
            RecordFile record = RecordFile.create(RecordDisk.REAL, path, RecordFile.names(BOOT, key, LINE),
                    Memory.constructed());
            RecordFile.create(RecordDisk.REAL, path, other, Memory.constructed()).close();

            assertThrows(IOException.class, record::readAnew, other.toString());
            record.close();
        }
    }

    /** Whichever call fails that notes the start: records that went on in the data directory are what counts. */
    @ParameterizedTest
    @EnumSource(value = FaultyDisk.Fault.class, names = "HANG", mode = EnumSource.Mode.EXCLUDE)
    void s3ShouldNotBelieveRecordsAfterAStartThatCouldNotUseThem(FaultyDisk.Fault fault) throws IOException {
        int at = 1;
        FaultyDisk disk;
        do {
            assertTrue(at < MOST_CALLS, "calls end");
            fresh(fault + "-stamp-" + at);
            machine = null;
            start();
            use();
            mark(1);
            disk = new FaultyDisk(apart.live(), LiveRecords.STAMP);
            disk.fail(fault, at, 1);
            boolean isStarted = isStarted(disk);
            disk.mend();
            boolean isServed = isStarted && isKnown();
            if (isServed) {
                mark(2);
            }
            start();
            assertTrue(!isKnown() || isServed || !isStarted, fault + " at call " + at);
            assertTrue(!isKnown() || isMarked(1) && (isMarked(2) || !isServed), fault + " at call " + at);
            at++;
        } while (disk.hasFailed());
        assertTrue(at > 3, at + " calls");
    }
}
