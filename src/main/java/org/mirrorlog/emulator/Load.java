package org.mirrorlog.emulator;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.mirrorlog.emulator.CommandLine.UsageException;

/** Measures a daemon: latency and throughput of an emulated kernel's requests. */
public final class Load {
    private static final int STATUS_FAILED = 1;
    private static final int STATUS_USAGE = 2;
    private static final long START_MS = 120_000;
    private static final long POLL_MS = 50;
    /** A daemon that listens says a moment later where its management is; one without management never does. */
    private static final int SAY_POLLS = 40;

    private Load() { }

    /** Measures and exits; see {@code --help}. */
    public static void main(String[] args) {
        System.exit(run(System.out, args));
    }

    static int run(PrintStream out, String... args) {
        LoadOptions options;
        try {
            options = LoadOptions.parse(args);
        } catch (UsageException e) {
            System.err.println("Load: " + e.getMessage() + "; see --help");
            return STATUS_USAGE;
        }
        if (options.isHelp()) {
            out.print(LoadOptions.usage());
            return 0;
        }
        Path directory = null;
        try {
            directory = Files.createTempDirectory("mirrorlog-load-");
            measure(out, options, directory);
            return 0;
        } catch (IOException e) {
            System.err.println("Load: " + e.getMessage());
            return STATUS_FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return STATUS_FAILED;
        } finally {
            if (directory != null) {
                DaemonProcess.deleteTree(directory);
            }
        }
    }

    private static void measure(PrintStream out, LoadOptions options, Path directory)
            throws IOException, InterruptedException {
        String bootId = UUID.randomUUID().toString();
        Path socketPath = options.socketPath().orElse(directory.resolve("kernel"));
        if (options.command().isEmpty()) {
            measure(out, options, directory, socketPath, bootId, new DaemonPages(Optional.empty()));
            return;
        }
        try (DaemonProcess daemon = new DaemonProcess(options.command(), directory, socketPath, bootId)) {
            daemon.start();
            long endNs = System.nanoTime() + START_MS * 1_000_000;
            while (!daemon.isReady()) {
                if (System.nanoTime() - endNs > 0) {
                    throw new IOException("the daemon does not listen after " + START_MS / 1000 + " s:\n"
                            + daemon.tail());
                }
                Thread.sleep(POLL_MS);
            }
            for (int i = 0; i < SAY_POLLS && daemon.management().isEmpty(); i++) {
                Thread.sleep(POLL_MS);
            }
            measure(out, options, directory, socketPath, bootId, new DaemonPages(daemon.management()));
        }
    }

    private static void measure(PrintStream out, LoadOptions options, Path directory, Path socketPath, String run,
                                DaemonPages pages) throws IOException, InterruptedException {
        // With the JSON on the standard output, the table goes beside it.
        boolean isJsonOnly = options.json().filter("-"::equals).isPresent();
        LoadReport report = new LoadReport(isJsonOnly ? System.err : out);
        long resends = new LoadRun(options, socketPath, directory, run, pages, report).measure();
        if (resends > 0) {
            System.err.println("Load: " + resends + " requests had no answer within 15 s and were sent again");
        }
        if (isJsonOnly) {
            out.print(report.json(options));
        } else if (options.json().isPresent()) {
            Files.writeString(Path.of(options.json().get()), report.json(options));
        }
    }
}
