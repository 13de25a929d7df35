package org.mirrorlog.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Priorities of log lines in systemd's journal; {@code fleet.PackageLifeTest} asks a real one. */
class PriorityEncoderTest {
    @TempDir
    private Path directory;

    @Test
    void shouldMarkEachLineWithThePriorityOfItsLevel() {
        assertEquals("<3>a\n<3>\tat b\n", PriorityEncoder.withPriority(Level.ERROR, "a\n\tat b\n"));
        assertEquals("<4>a\n", PriorityEncoder.withPriority(Level.WARN, "a\n"));
        assertEquals("<6>a\n", PriorityEncoder.withPriority(Level.INFO, "a\n"));
        assertEquals("<7>a\n", PriorityEncoder.withPriority(Level.DEBUG, "a\n"));
        assertEquals("<7>a\n", PriorityEncoder.withPriority(Level.TRACE, "a\n"));
    }

    @Test
    void shouldMarkThemForTheJournalOnly() throws IOException {
        Path output = Files.createFile(directory.resolve("output"));
        String stream = Files.getAttribute(output, "unix:dev") + ":" + Files.getAttribute(output, "unix:ino");

        assertTrue(PriorityEncoder.isJournal(stream, output));
        assertFalse(PriorityEncoder.isJournal(stream, directory), "sent elsewhere");
        assertFalse(PriorityEncoder.isJournal(null, output), "no systemd");
        assertFalse(PriorityEncoder.isJournal("", directory.resolve("missing")));
    }
}
