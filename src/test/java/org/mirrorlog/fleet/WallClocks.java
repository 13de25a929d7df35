package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.mirrorlog.Commands;

/**
 * Wall clocks that a test sets, process by process, by a preloaded library; the monotonic clock stays the machine's.
 */
final class WallClocks {
    private static final Path SOURCE = Path.of("src/test/clock/wall_clock.c");
    private static final Path COMPILER = Path.of("/usr/bin/gcc");
    private static final String PRELOAD = "LD_PRELOAD";

    private WallClocks() {
    }

    /** Why there can be none here; empty if there can. */
    static String lack() {
        return Files.isExecutable(COMPILER) ? "" : "package gcc is not installed";
    }

    /** The environment of processes with clocks of their own; skips the test where there is no compiler. */
    static Map<String, String> environment() {
        assumeTrue(lack().isEmpty(), lack());
        Path library = Path.of("target", "wall_clock.so").toAbsolutePath();
        try {
            Commands.run(List.of(COMPILER.toString(), "-Wall", "-O2", "-shared", "-fPIC", "-o", library.toString(),
                    SOURCE.toString(), "-ldl"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of(PRELOAD, library.toString());
    }

    /** What a process needs in addition, if that environment is among its own. */
    static Map<String, String> ofNode(Map<String, String> environment, Path clock) {
        if (!environment.containsKey(PRELOAD)) {
            return Map.of();
        }
        if (!Files.exists(clock)) {
            set(clock, 0);
        }
        return Map.of("WALL_CLOCK_FILE", clock.toString());
    }

    static void set(Path clock, long aheadSeconds) {
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(0, aheadSeconds);
        try (FileChannel file = FileChannel.open(clock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(number, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
