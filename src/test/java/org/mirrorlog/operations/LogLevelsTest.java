package org.mirrorlog.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mirrorlog.logging.Logging;
import org.slf4j.LoggerFactory;

/** Levels that an operator has set for a while. */
class LogLevelsTest {
    private final List<Runnable> later = new ArrayList<>();
    private final LogLevels levels = new LogLevels((time, task) -> later.add(task), () -> 0);

    @AfterEach
    void usual() {
        levels.set("all", "usual", Duration.ZERO);
    }

    private static boolean isTracing(String room) {
        return LoggerFactory.getLogger("org.mirrorlog." + room + ".Any").isTraceEnabled();
    }

    @Test
    void shouldReturnByItself() {
        boolean before = isTracing("owner");
        assertEquals("1970-01-01T00:10:00Z", levels.set("owner", "trace", Duration.ofMinutes(10)));
        assertTrue(isTracing("owner"));

        later.get(0).run();

        assertEquals(before, isTracing("owner"));
    }

    @Test
    void shouldEndWithTheNewestOrderOnly() {
        levels.set("owner", "TRACE", Duration.ofMinutes(1));
        levels.set("all", "TRACE", Duration.ofMinutes(10));

        later.get(0).run();
        assertTrue(isTracing("owner"), "the second order still holds");
        later.get(1).run();
        assertFalse(isTracing("owner"));
        assertFalse(isTracing("kernel"));

        levels.set("owner", "TRACE", Duration.ofMinutes(1));
        assertEquals("now", levels.set("owner", "usual", Duration.ofMinutes(1)));
        assertFalse(isTracing("owner"));
    }

    @Test
    void shouldRefuseWhatThereIsNot() {
        assertThrows(IllegalArgumentException.class, () -> levels.set("akka", "DEBUG", Duration.ofMinutes(1)));
        assertThrows(IllegalArgumentException.class, () -> levels.set("owner", "OFF", Duration.ofMinutes(1)));
        assertEquals(List.of(), later);
    }

    /** A room that is new. */
    @Test
    void shouldKnowEachRoomOfADaemon() throws IOException {
        Set<String> rooms;
        try (Stream<Path> all = Files.list(Path.of("src/main/java/org/mirrorlog"))) {
            rooms = all.filter(Files::isDirectory).map(path -> path.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        rooms.removeAll(Set.of("cli", "emulator", "manual", "words"));

        assertEquals(rooms, new TreeSet<>(Logging.ROOMS));
    }

    @Test
    void shouldKeepTheNewestLines() {
        Logging.keepLastLines();
        Logging.keepLastLines();

        for (int i = 0; i < 1_001; i++) {
            LoggerFactory.getLogger("org.mirrorlog.operations.Some").error("line {}\nof {}", i, "x".repeat(2_000));
        }

        List<String> lines = Logging.lastLines();
        assertEquals(1_000, lines.size());
        assertTrue(lines.get(0).contains(" ERROR Some line 1\\x0aof xxx"), lines.get(0));
        assertTrue(lines.get(999).contains("line 1000") && lines.get(999).length() < 1_100, lines.get(999));
    }
}
