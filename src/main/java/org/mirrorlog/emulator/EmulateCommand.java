package org.mirrorlog.emulator;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mirrorlog.words.WrongWords;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mirrorlogd emulate}: an emulated kernel with one mirror, for a daemon that runs. */
@Command(name = "mirrorlogd emulate", description = {"Emulates a kernel for a daemon that runs with"
        + " mirrorlog.kernel.connector = unix: loads a mirror of two legs in memory, resyncs it, writes at random,"
        + " compares the legs and removes it. Kills nothing."}, sortOptions = false,
        footer = {"", "Exit status: 0 the legs are equal wherever the log says so; 1 they are not, or something else"
            + " failed, such as a daemon that does not answer for 40 s; 2 bad arguments."})
public final class EmulateCommand implements Callable<Integer> {
    private static final int MOST_SOCKETS = 8;
    private static final String SOCKET = "/run/mirrorlog.sock";

    @Option(names = "--socket", paramLabel = "PATH", defaultValue = SOCKET,
            description = "where the daemon listens, its mirrorlog.kernel.unix-path (default: ${DEFAULT-VALUE}); given"
            + " up to eight times, kernels of that many machines use one mirror, whose daemons are to be one cluster")
    private List<Path> sockets;

    @Option(names = "--regions", paramLabel = "N", defaultValue = "512",
            description = "number of regions of 128 KiB, 16 to 8192 (default: ${DEFAULT-VALUE}, which is 64 MiB)")
    private int regions;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "12",
            description = "how long to write, 2 to 600 (default: ${DEFAULT-VALUE})")
    private int seconds;

    @Option(names = "--keep", description = "go on writing, to be watched in a browser, until Ctrl-C")
    private boolean isKept;

    @Option(names = "--file", description = "keep the log on a file instead of in memory, which a daemon takes only"
            + " with mirrorlog.device.accept-regular-files = true")
    private boolean isOnFile;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "which random writes (default: ${DEFAULT-VALUE})")
    private int seed;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "this text")
    private boolean isHelpAsked;

    @Spec
    private CommandSpec spec;

    private final Screen screen;

    private EmulateCommand(Screen screen) {
        this.screen = screen;
    }

    /** Runs it to its end; the exit status. */
    public static int run(PrintWriter out, PrintWriter err, List<String> words) {
        return run(Screen.ofProcess(), out, err, words);
    }

    static int run(Screen screen, PrintWriter out, PrintWriter err, List<String> words) {
        return new CommandLine(new EmulateCommand(screen)).setOut(out).setErr(err)
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setParameterExceptionHandler(new WrongWords()).execute(words.toArray(new String[0]));
    }

    @Override
    public Integer call() {
        within("--regions", regions, 16, 8192);
        within("--seconds", seconds, 2, 600);
        within("--seed", seed, 0, Integer.MAX_VALUE);
        List<Path> all = sockets.stream().map(Path::toAbsolutePath).distinct().toList();
        within("--socket", all.size(), 1, MOST_SOCKETS);
        return Demo.run(screen, new DemoOptions(false, Optional.of(all.get(0)), regions, seconds, !isOnFile, isKept,
                seed, List.of(), new DemoOptions.Fleet(1, DemoOptions.Fleet.NONE.ctl(), all.subList(1, all.size()))));
    }

    private void within(String option, int value, int from, int to) {
        if (value < from || value > to) {
            throw new ParameterException(spec.commandLine(), option + "=" + value + ": allowed are " + from + " to "
                    + to);
        }
    }
}
