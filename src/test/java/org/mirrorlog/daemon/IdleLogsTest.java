package org.mirrorlog.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Since when logs are unused, over restarts of the daemon. */
class IdleLogsTest {
    private static final String ODD = "mirrorlog|a b%\n\u00ff";

    @TempDir
    private Path dir;

    @Test
    void shouldNameWhatHasNotGrownForSoLongTheLongestFirst() {
        IdleLogs idle = IdleLogs.read(dir);
        assertEquals(List.of(), idle.see(Map.of("a", 1L), 1_000, 500));
        assertEquals(List.of(), idle.see(Map.of("a", 1L, "b", 1L), 1_400, 500));
        assertEquals(List.of("a"), idle.see(Map.of("a", 1L, "b", 1L), 1_500, 500));

        assertEquals(List.of("a", "b"), idle.see(Map.of("a", 1L, "b", 1L), 1_900, 500));
        assertEquals(List.of("b"), idle.see(Map.of("a", 2L, "b", 1L), 2_000, 500), "a has grown");
        assertEquals(List.of(), idle.see(Map.of("a", 2L, "b", 1L), 100, 500), "the clock was put back");
    }

    @Test
    void shouldRememberOverARestartAndForgetWhatIsGone() throws Exception {
        IdleLogs idle = IdleLogs.read(dir);
        idle.see(Map.of(ODD, 7L, "b", 1L), 1_000, 500);
        idle.begin(List.of("b"), 1_200);
        idle.write();

        IdleLogs again = IdleLogs.read(dir);
        assertEquals(List.of(ODD), again.see(Map.of(ODD, 7L, "b", 1L), 1_500, 500));
        again.see(Map.of(), 1_600, 500);
        again.write();
        assertEquals("", Files.readString(dir.resolve("idle-logs")));
    }

    @Test
    void shouldBeginAnewWithAFileThatCannotBeRead() throws Exception {
        Files.writeString(dir.resolve("idle-logs"), "1 1000 a\n7");

        assertEquals(List.of(), IdleLogs.read(dir).see(Map.of("a", 1L), 2_000, 500));
        Files.delete(dir.resolve("idle-logs"));
        IdleLogs anew = IdleLogs.read(dir);
        assertEquals(List.of(), anew.see(Map.of("a", 1L), 3_000, 500), "deleted");
        assertEquals(List.of("a"), anew.see(Map.of("a", 1L), 3_500, 500));
    }
}
