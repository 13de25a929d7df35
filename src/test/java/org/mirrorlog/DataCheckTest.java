package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.instance.RecordDirectory;
import org.mirrorlog.journal.JournalFiles;
import org.mirrorlog.process.ExitCode;

/** {@code mirrorlogd check-data}: what it says of directories that are sound, damaged and incomplete. */
class DataCheckTest {
    @TempDir
    private Path dataDir;

    private String said;

    @BeforeEach
    void fill() throws IOException {
        JournalFiles.fill(dataDir);
        Files.createDirectories(dataDir.resolve("instances"));
        Files.writeString(dataDir.resolve("instances/starts"), "1700000000000\n");
    }

    /** Runs the program; whatever it finds, the directory stays as it is. */
    private ExitCode check() throws Exception {
        Map<String, String> before = content();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        ExitCode code = new Main(printed, printed).run(List.of("check-data", dataDir.toString()));
        said = out.toString(StandardCharsets.UTF_8);
        assertEquals(before, content(), "nothing was changed");
        return code;
    }

    private Map<String, String> content() throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(dataDir)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                content.put(file.toString(), Files.getLastModifiedTime(file) + " "
                        + Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return content;
    }

    private void mustSay(String... parts) {
        for (String part : parts) {
            assertTrue(said.contains(part), () -> "[" + part + "] is not in\n" + said);
        }
    }

    private Path segment() throws IOException {
        try (Stream<Path> files = Files.list(dataDir.resolve("journal"))) {
            return files.filter(file -> file.getFileName().toString().endsWith(".log")).sorted().findFirst()
                    .orElseThrow();
        }
    }

    /** Changes a bit where the text stands. */
    private static void damage(Path file, String text) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
        assertTrue(at >= 0, text);
        bytes[at] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void shouldTellWhatASoundDirectoryHolds() throws Exception {
        assertEquals(ExitCode.OK, check(), () -> said);

        mustSay("journal-id: journal ", "(segments)", "1 segment files", "2 logs",
                "log LVM-a: head 30, events deleted up to 10, snapshots [10, 20]",
                "log LVM-b: head 3, events deleted up to 0, snapshots []", "daemon starts: 1700000000000", "sound");
        assertFalse(said.contains("damaged"), said);
    }

    @Test
    void shouldTellSoBesideTheDaemonThatUsesIt() throws Exception {
        AutoCloseable daemon = JournalFiles.use(dataDir);
        try {
            assertEquals(ExitCode.OK, check(), () -> said);
        } finally {
            daemon.close();
        }
    }

    @Test
    void shouldNameTheLogsThatADamagedPlaceConcerns() throws Exception {
        damage(segment(), "LVM-b event 2");

        assertEquals(ExitCode.DAMAGED, check());

        mustSay("damaged: journal file " + segment(), "is damaged at offset",
                "concerned: log LVM-b: its events from 2 to 2 cannot be read", "mirrorlog.adopt");
        assertFalse(said.contains("concerned: log LVM-a"), said);
    }

    @Test
    void shouldKnowThatAJournalIsMissing() throws Exception {
        Files.move(dataDir.resolve("journal"), dataDir.resolveSibling(dataDir.getFileName() + "-journal"));

        assertEquals(ExitCode.DAMAGED, check());

        mustSay("the journal is missing, though there was one here", "concerned: log LVM-a: all that was known of it");
    }

    @Test
    void shouldTellASnapshotThatAnOlderOneReplacesFromOneThatNothingReplaces() throws Exception {
        Path snapshots = dataDir.resolve("snapshots/mirrorlog%7CLVM-a");
        damage(snapshots.resolve("20-20.snap"), "state");
        assertEquals(ExitCode.DAMAGED, check());
        mustSay("20-20.snap: its checksum is wrong");
        assertFalse(said.contains("concerned"), said);

        damage(snapshots.resolve("10-10.snap"), "state");
        assertEquals(ExitCode.DAMAGED, check());
        mustSay("log LVM-a cannot be recovered", "concerned: log LVM-a: its events up to 10 are deleted");
    }

    @Test
    void shouldKnowSnapshotsOfAnotherJournalAndThoseAboveTheHead() throws Exception {
        JournalFiles.addSnapshots(dataDir);

        assertEquals(ExitCode.DAMAGED, check());

        mustSay("25-25.snap is of journal 00000000000000050000000000000006",
                "99-99.snap is above the head of its log, 30");
    }

    @Test
    void shouldKnowADamagedRecord() throws Exception {
        Files.write(dataDir.resolve("instances/LVM-a-1.record"), new byte[70_000]);

        assertEquals(ExitCode.DAMAGED, check());

        mustSay("LVM-a-1.record", "its table is asked to reconnect");
    }

    private Path heard(String... logs) throws IOException {
        RecordDirectory records = RecordDirectory.open(dataDir.resolve("instances"), "boot-1");
        for (String log : logs) {
            records.heard().reserve(log);
            records.heard().of(log).note(7, 70);
        }
        records.force();
        return dataDir.resolve("instances/heard");
    }

    @Test
    void shouldTellOfHowManyLogsItHasHeard() throws Exception {
        heard("LVM-a", "LVM-b", "LVM-c");

        assertEquals(ExitCode.OK, check(), () -> said);

        mustSay("numbers heard of 3 logs, room for 60 more");
    }

    @Test
    void shouldNameTheLogOfWhichWhatWasHeardIsDamaged() throws Exception {
        Path file = heard("LVM-elsewhere", "LVM-b");
        byte[] bytes = Files.readAllBytes(file);
        bytes[2 * 64 + 17] ^= 1;
        Files.write(file, bytes);

        assertEquals(ExitCode.DAMAGED, check());

        mustSay("what was heard of log LVM-b cannot be read", "begins all dirty, nosync or not", "Nothing to do",
                "numbers heard of 1 logs");
    }

    @Test
    void shouldKnowAFileOfNumbersHeardThatIsNone() throws Exception {
        Files.write(dataDir.resolve("instances/heard"), new byte[100]);

        assertEquals(ExitCode.DAMAGED, check());

        mustSay("instances/heard is not a file of numbers heard", "all its logs is lost", "sets the file aside");
    }

    @Test
    void shouldWantADirectory() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);

        assertEquals(ExitCode.USAGE, new Main(printed, printed).run(List.of("check-data")));
        assertEquals(ExitCode.USAGE, new Main(printed, printed).run(List.of("check-data", dataDir + "/nowhere")));

        assertTrue(out.toString(StandardCharsets.UTF_8).contains("/nowhere is not a directory"), out::toString);
    }
}
