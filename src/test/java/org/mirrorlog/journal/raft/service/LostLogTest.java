package org.mirrorlog.journal.raft.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.journal.SegmentHeader;
import org.mirrorlog.journal.raft.net.Security;

/** Members whose log is gone, and whose file {@code member} is not. */
@Tag("slow")
@Timeout(180)
class LostLogTest {

    private static final Duration SOON = Duration.ofSeconds(3);

    @TempDir
    private Path directory;

    @Test
    void d21ShouldTakeNoPartWithALogThatWasLostByOneMemberOrByAll() throws Exception {
        try (Trio trio = new Trio(directory, Security.NONE)) {
            trio.startAll();
            trio.mustAppend(0, "log", 1, "a");
            trio.stop(2);
            Path kept = Files.createDirectory(directory.resolve("kept"));
            for (Path segment : segments(trio.directory(2))) {
                Files.move(segment, kept.resolve(segment.getFileName()));
            }

            assertLost(trio, 2);
            assertLost(trio, 2);
            trio.mustAppend(0, "log", 2, "b");

            for (Path segment : segments(kept)) {
                Files.move(segment, trio.directory(2).resolve(segment.getFileName()));
            }
            trio.start(2, SOON);
            assertEquals(List.of("a", "b"), trio.read(2, "log"), "with its log it takes part");

            for (int i = 0; i < 3; i++) {
                trio.stop(i);
                for (Path segment : segments(trio.directory(i))) {
                    Files.delete(segment);
                }
            }
            for (int i = 0; i < 3; i++) {
                assertLost(trio, i);
            }
        }
    }

    private static void assertLost(Trio trio, int i) throws IOException {
        IOException lost = assertThrows(IOException.class, () -> trio.start(i, SOON));

        assertTrue(lost.getMessage().contains("the segments of journal")
                && lost.getMessage().contains(trio.directory(i) + " are gone")
                && lost.getMessage().lines().count() == 1, lost.getMessage());
        assertEquals(List.of(), segments(trio.directory(i)), "nothing is begun anew");
    }

    private static List<Path> segments(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.filter(file -> SegmentHeader.numberOf(file.getFileName().toString()) > 0).toList();
        }
    }
}
