package org.mirrorlog.emulator;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.emulator.CommandLine.UsageException;

/**
 * What the demo was asked to do.
 *
 * @param isHelp only the usage
 * @param socketPath where the daemon listens; empty: somewhere private
 * @param regions number of regions
 * @param seconds how long to write, before and after the kill together
 * @param isCore the log lives in memory instead of on a device
 * @param isKept goes on writing until it is ended by a signal
 * @param seed which random writes
 * @param command starts a daemon; empty: one listens at the socket path already, and is not killed
 * @param fleet what is asked of several machines
 */
record DemoOptions(boolean isHelp, Optional<Path> socketPath, int regions, int seconds, boolean isCore,
                   boolean isKept, int seed, List<String> command, Fleet fleet) {
    /** As many as go on without one of them, and no more than a laptop takes. */
    static final int NODES = 3;

    /**
     * Several machines with one mirror.
     *
     * @param nodes how many daemons are started: 1 or {@link #NODES}
     * @param ctl the program mirrorlogctl
     * @param others where further daemons listen that run already
     */
    record Fleet(int nodes, String ctl, List<Path> others) {
        static final Fleet NONE = new Fleet(1, "mirrorlogctl", List.of());

        Fleet {
            others = List.copyOf(others);
        }
    }

    static final String USAGE = """
            usage: Demo [options] -- COMMAND...
                   Demo [options] --socket PATH

            Shows a mirror at work: starts a daemon with COMMAND (settings -Dkey=value are appended), creates a mirror of two
            legs in memory, resyncs it, writes, kills the daemon in the middle, starts it again, compares the legs. Without
            COMMAND it uses the daemon that listens at PATH, and kills nothing.

              --socket PATH   where the daemon listens (default: a private directory)
              --regions N     number of regions of 128 KiB, 16 to 8192 (default 512, which is 64 MiB)
              --seconds N     how long to write, 2 to 600 (default 12)
              --keep          go on writing, to be watched in a browser, until Ctrl-C
              --nodes N       1 (default) or 3: three daemons without a database, with one mirror; the one that
                              owns the log is lost, declared dead, and the legs compared; --keep: you lose it
              --ctl PROGRAM   mirrorlogctl, for --nodes 3 (default mirrorlogctl)
              --core          log in memory instead of on a file
              --seed N        which random writes (default 1)

            Exit status: 0 the legs are equal wherever the log says so; 1 they are not, or something else failed; 2 bad
            arguments.
            """;

    static DemoOptions parse(String... args) throws UsageException {
        CommandLine line = new CommandLine(args);
        Optional<Path> socketPath = Optional.empty();
        int regions = 512;
        int seconds = 12;
        boolean isCore = false;
        boolean isKept = false;
        int seed = 1;
        int nodes = 1;
        String ctl = Fleet.NONE.ctl();
        for (String option = line.next(); option != null; option = line.next()) {
            switch (option) {
                case "-h", "--help" -> {
                    return new DemoOptions(true, socketPath, regions, seconds, isCore, isKept, seed, List.of(),
                            Fleet.NONE);
                }
                case "--socket" -> socketPath = Optional.of(Path.of(line.value(option)).toAbsolutePath());
                case "--regions" -> regions = line.number(option, 16, 8192);
                case "--seconds" -> seconds = line.number(option, 2, 600);
                case "--seed" -> seed = line.number(option, 0, Integer.MAX_VALUE);
                case "--nodes" -> nodes = line.number(option, 1, NODES);
                case "--ctl" -> ctl = line.value(option);
                case "--core" -> isCore = true;
                case "--keep" -> isKept = true;
                default -> throw new UsageException("unknown option '" + option + "'");
            }
        }
        if (line.command().isEmpty() && socketPath.isEmpty()) {
            throw new UsageException("either a daemon's command after --, or --socket PATH of one that runs");
        }
        if (nodes == 2 || nodes > 1 && line.command().isEmpty()) {
            throw new UsageException("--nodes " + nodes + ": allowed are 1 and 3, with a daemon's command after --");
        }
        return new DemoOptions(false, socketPath, regions, seconds, isCore, isKept, seed, line.command(),
                new Fleet(nodes, ctl, List.of()));
    }
}
