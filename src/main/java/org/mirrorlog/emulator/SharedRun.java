package org.mirrorlog.emulator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Kernels of several machines with one mirror, for daemons that run and are one cluster. */
final class SharedRun {
    private static final int WRITERS = 4;

    private final Screen screen;
    private final DemoOptions options;

    SharedRun(Screen screen, DemoOptions options) {
        this.screen = screen;
        this.options = options;
    }

    /** True if the legs are equal wherever the log says so. */
    boolean run() throws IOException {
        if (!options.isCore()) {
            throw new IOException("--file is for one machine; several keep the log in memory");
        }
        List<Path> sockets = new ArrayList<>(List.of(options.socketPath().orElseThrow()));
        sockets.addAll(options.fleet().others());
        String run = UUID.randomUUID().toString();
        try (SharedMirror mirror = new SharedMirror(screen, options, "LVM-demo-" + run)) {
            for (int i = 0; i < sockets.size(); i++) {
                mirror.add("machine " + (i + 1), new KernelClient(new EmulatedMachine(run + '-' + i), sockets.get(i)));
            }
            mirror.activate();
            mirror.startWriting(WRITERS);
            mirror.write(TimeUnit.SECONDS.toMillis(options.seconds()));
            mirror.stopWriting();
            boolean isGood = mirror.compare();
            if (options.isKept()) {
                screen.line("keep", "goes on writing until Ctrl-C");
                mirror.startWriting(1);
                mirror.turnUntil(() -> false, TimeUnit.DAYS.toMillis(3650));
            }
            mirror.remove();
            return isGood;
        }
    }
}
