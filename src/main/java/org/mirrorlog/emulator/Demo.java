package org.mirrorlog.emulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.mirrorlog.emulator.CommandLine.UsageException;

/**
 * Shows a mirror at work with an emulated kernel and a real daemon, which is killed in the middle. Ends with status 0
 * only if the legs are equal wherever the log says so.
 */
public final class Demo {
    private static final int STATUS_FAILED = 1;
    private static final int STATUS_USAGE = 2;

    private Demo() { }

    /** Runs the demo and exits; see {@code --help}. */
    public static void main(String[] args) {
        System.exit(run(Screen.ofProcess(), args));
    }

    static int run(Screen screen, String... args) {
        DemoOptions options;
        try {
            options = DemoOptions.parse(args);
        } catch (UsageException e) {
            System.err.println("Demo: " + e.getMessage() + "; see --help");
            return STATUS_USAGE;
        }
        if (options.isHelp()) {
            System.out.print(DemoOptions.USAGE);
            return 0;
        }
        return run(screen, options);
    }

    /** Runs it to its end; the exit status. */
    static int run(Screen screen, DemoOptions options) {
        Path directory = null;
        try {
            // Sockets have short paths, and where temporary files are is often deep down.
            directory = options.fleet().nodes() > 1 ? Files.createTempDirectory(Path.of("/tmp"), "mirrorlog-demo-")
                    : Files.createTempDirectory("mirrorlog-demo-");
            return run(screen, options, directory) ? 0 : STATUS_FAILED;
        } catch (IOException e) {
            screen.verdict(false, "failed: " + e.getMessage());
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

    private static boolean run(Screen screen, DemoOptions options, Path directory)
            throws IOException, InterruptedException {
        if (options.fleet().nodes() > 1) {
            try (FleetDemo fleet = new FleetDemo(screen, options, directory)) {
                return fleet.run();
            }
        }
        if (!options.fleet().others().isEmpty()) {
            return new SharedRun(screen, options).run();
        }
        String bootId = UUID.randomUUID().toString();
        Path socketPath = options.socketPath().orElse(directory.resolve("kernel"));
        if (options.command().isEmpty()) {
            try (KernelClient client = new KernelClient(new EmulatedMachine(bootId), socketPath)) {
                return new DemoRun(screen, options, client, null, directory).run();
            }
        }
        int port = options.isKept() ? DaemonProcess.freePort() : 0;
        try (DaemonProcess daemon = new DaemonProcess(options.command(), directory, socketPath, bootId, port);
                KernelClient client = new KernelClient(new EmulatedMachine(bootId), socketPath)) {
            return new DemoRun(screen, options, client, daemon, directory).run();
        }
    }
}
