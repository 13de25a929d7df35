package org.mirrorlog.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo against a fake daemon in a process of its own. */
@Timeout(120)
class DemoTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    @Tag("slow")
    void shouldKillTheDaemonReconnectAndFindTheLegsEqual() {
        int status = demo("--regions", "64", "--seconds", "2", "--");

        String text = printed.toString(StandardCharsets.UTF_8);
        assertEquals(0, status, text);
        assertTrue(text.contains("kill -9"), text);
        assertTrue(text.contains("writes go on"), text);
        // The fake takes regions that were dirty at the kill for unsynced when it is back; they are left out.
        assertTrue(text.contains(" regions compared, 0 differ"), text);
        assertEquals(List.of(), ProcessHandle.current().children().toList(), "children left behind");
    }

    @Test
    void shouldFailIfTheDaemonEndsByItself() {
        int status = Demo.run(new Screen(new PrintStream(printed, true, StandardCharsets.UTF_8), false),
                "--", "sh", "-c", "echo no such thing; exit 7");

        String text = printed.toString(StandardCharsets.UTF_8);
        assertEquals(1, status);
        assertTrue(text.contains("ended with status 7") && text.contains("no such thing"), text);
    }

    @Test
    void shouldRefuseBadArguments() {
        assertEquals(2, demo("--regions", "7", "--"));
        assertEquals(2, Demo.run(null, "--regions", "64"));
        assertEquals(2, Demo.run(null, "--colour"));
        assertEquals(2, demo("--nodes", "2", "--"));
        assertEquals(2, Demo.run(null, "--socket", "/nowhere", "--nodes", "3"));
    }

    private int demo(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), FakeDaemonMain.class.getName()));
        return Demo.run(new Screen(new PrintStream(printed, true, StandardCharsets.UTF_8), false),
                all.toArray(String[]::new));
    }
}
