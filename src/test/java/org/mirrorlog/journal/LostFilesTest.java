package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody removes, moves or exchanges the journal's files while it is open: nothing more is called written. */
class LostFilesTest {
    private static final String ID = "log";

    @TempDir
    private Path dir;
    private Path place;
    private Path segment;
    private Storage storage;
    private CoreFixture journal;

    @BeforeEach
    void open() throws IOException {
        place = dir.resolve("journal");
        segment = place.resolve(SegmentHeader.fileName(1));
        Files.createDirectory(place);
        storage = DiskStorage.openLocked(place);
        journal = new CoreFixture(storage, CoreFixture.small()).open();
        journal.mustAppend(ID, 1, "kept");
    }

    @AfterEach
    void close() throws IOException {
        storage.close();
    }

    private String refused(long at) {
        IOException failure = journal.append(ID, at, "lost");
        assertTrue(failure != null, "appended to a file that nobody will find");
        assertTrue(journal.core.health().problem().isPresent(), "a problem that people see");
        return failure.getMessage();
    }

    private static void assertSays(String part, String said) {
        assertTrue(said.contains(part), said);
    }

    @Test
    void d1ShouldCallNothingWrittenOnceItsSegmentWasRemoved() throws IOException {
        Files.delete(segment);

        assertSays("has been removed or moved while it was in use", refused(2));
        String still = refused(2);
        assertSays("its segment is not where it was", still);
        assertSays(segment.toString(), still);
        assertEquals(1, journal.lines.count("no log can commit"), "told once: " + journal.lines.all);
        assertFalse(Files.exists(place.resolve(SegmentHeader.fileName(2))), "nothing is begun beside what is missing");
    }

    @Test
    void d1ShouldGoOnWhenTheDirectoryWasMovedAndComesBack() throws IOException {
        Path elsewhere = dir.resolve("elsewhere");
        Files.move(place, elsewhere);
        refused(2);
        refused(2);

        Files.move(elsewhere, place);

        journal.mustAppend(ID, 2, "again");
        assertTrue(journal.core.health().problem().isEmpty());
        journal.core.close();
        journal = new CoreFixture(DiskStorage.open(place), CoreFixture.small()).open();
        assertEquals(List.of("1:kept", "2:again"), journal.replay(ID), "what was refused did not come back");
    }

    /** A copy of the journal that was put back below a program that runs is not written to, and stays whole. */
    @Test
    void d1ShouldLeaveACopyAloneThatTakesThePlaceOfItsDirectory() throws IOException {
        Path copy = dir.resolve("copy");
        Files.createDirectory(copy);
        Files.copy(segment, copy.resolve(segment.getFileName()));
        journal.mustAppend(ID, 2, "kept, too");
        Files.move(place, dir.resolve("elsewhere"));
        Files.move(copy, place);
        byte[] before = Files.readAllBytes(segment);

        assertSays("has been replaced by another file while it was in use", refused(3));
        refused(3);
        journal.compact();

        assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(segment)));
        try (var files = Files.list(place)) {
            assertEquals(List.of(segment), files.toList());
        }
    }

    /** Also where the next write would have begun a segment. */
    @Test
    void d1ShouldBeginNoSegmentInADirectoryThatIsAnotherOne() throws IOException {
        Files.move(place, dir.resolve("elsewhere"));
        Files.createDirectory(place);
        IOException failure = null;
        for (int i = 0; i < 3 && failure == null; i++) {
            failure = journal.append(ID, 2 + i, "x".repeat(1900));
        }

        assertTrue(failure != null);
        refused(2);
        try (var files = Files.list(place)) {
            assertEquals(0, files.count());
        }
    }
}
