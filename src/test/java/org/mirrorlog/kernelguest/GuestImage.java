package org.mirrorlog.kernelguest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The guest's kernel and root disk, built once by {@code src/test/kernel/lab} and cached between runs. */
final class GuestImage {
    static final Path SCRIPT = Path.of("src/test/kernel/lab").toAbsolutePath();
    /** The script's exit status for: this machine cannot. */
    private static final int UNAVAILABLE = 3;
    private static GuestImage found;

    private final Path directory;

    private GuestImage(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** Builds or finds the image (about a minute the first time); LabUnavailableException where that cannot be. */
    static synchronized GuestImage prepare() {
        if (found == null) {
            Shell.Result result = Shell.runAnyhow(SCRIPT.toString(), "image");
            if (result.status() == UNAVAILABLE) {
                throw new LabUnavailableException(lastLine(result.err()));
            }
            found = new GuestImage(Path.of(result.orFail(java.util.List.of("lab", "image"))));
        }
        return found;
    }

    /** Compiles the relay and packs the initrd, both into {@code out}. */
    void packInitrd(Path out) throws IOException {
        Shell.run(SCRIPT.toString(), "initrd", directory.toString(), out.toString());
        if (!Files.isExecutable(out.resolve("relay"))) {
            throw new IOException("no relay in " + out);
        }
    }

    private static String lastLine(String text) {
        String[] lines = text.strip().split("\n");
        return lines[lines.length - 1];
    }
}
