package org.mirrorlog.emulator;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.mirrorlog.emulator.CommandLine.UsageException;

/**
 * What the load generator was asked to do.
 *
 * @param isHelp only the usage
 * @param socketPath where the daemon listens; empty: somewhere private
 * @param logs numbers of logs to measure with, one after the other
 * @param scenarios what to measure
 * @param seconds length of each measurement
 * @param warmupSeconds how long each measurement runs before it counts
 * @param cyclesPerSecond pace of all logs together; 0: each as fast as it goes
 * @param regions regions of each log
 * @param isDisk logs on files instead of in memory
 * @param isIntegratedFlush FLUSH carries the marks
 * @param json where to write the numbers as JSON; {@code -} is the standard output
 * @param command starts a daemon; empty: one listens at the socket path already
 */
record LoadOptions(boolean isHelp, Optional<Path> socketPath, List<Integer> logs, List<LoadScenario> scenarios,
        int seconds,
                   int warmupSeconds, int cyclesPerSecond, int regions, boolean isDisk, boolean isIntegratedFlush,
                   Optional<String> json, List<String> command) {
    private static final int MAX_LOGS = 64;

    static String usage() {
        StringBuilder scenarios = new StringBuilder();
        for (LoadScenario scenario : LoadScenario.values()) {
            scenarios.append(String.format("                      %-7s %s%n", scenario.word(), scenario.meaning()));
        }
        return """
            usage: Load [options] -- COMMAND...
                   Load [options] --socket PATH

            Measures a daemon with requests of an emulated kernel, one open at a time per log, as a kernel has it. Starts the
            daemon with COMMAND (settings -Dkey=value are appended), or uses the one that listens at PATH.

              --logs N,N,...      numbers of logs, 1 to 64 (default 1,8,64)
              --only WORD,...     which scenarios (default reads,cold,hot,resync):
            %s  --seconds N         length of each measurement, 1 to 3600 (default 5)
              --warmup N          seconds before each counts, 0 to 600 (default 2)
              --rate N            cycles per second of all logs together; latency then counts from when a cycle was due
                                  (default 0: as fast as it goes)
              --regions N         regions of each log, 64 to 4194304 (default 65536)
              --disk              logs on files instead of in memory
              --integrated-flush  FLUSH carries the marks
              --json FILE         the numbers as JSON; - is the standard output
            """.formatted(scenarios);
    }

    static LoadOptions parse(String... args) throws UsageException {
        CommandLine line = new CommandLine(args);
        Optional<Path> socketPath = Optional.empty();
        List<Integer> logs = List.of(1, 8, 64);
        List<LoadScenario> scenarios = List.of(LoadScenario.values());
        int seconds = 5;
        int warmupSeconds = 2;
        int rate = 0;
        int regions = 65536;
        boolean isDisk = false;
        boolean isIntegrated = false;
        boolean isHelp = false;
        Optional<String> json = Optional.empty();
        for (String option = line.next(); option != null; option = line.next()) {
            switch (option) {
                case "-h", "--help" -> isHelp = true;
                case "--socket" -> socketPath = Optional.of(Path.of(line.value(option)).toAbsolutePath());
                case "--logs" -> logs = numbers(line.value(option));
                case "--only" -> scenarios = scenarios(line.value(option));
                case "--seconds" -> seconds = line.number(option, 1, 3600);
                case "--warmup" -> warmupSeconds = line.number(option, 0, 600);
                case "--rate" -> rate = line.number(option, 0, 10_000_000);
                case "--regions" -> regions = line.number(option, 64, 4_194_304);
                case "--disk" -> isDisk = true;
                case "--integrated-flush" -> isIntegrated = true;
                case "--json" -> json = Optional.of(line.value(option));
                default -> throw new UsageException("unknown option '" + option + "'");
            }
        }
        if (!isHelp && line.command().isEmpty() && socketPath.isEmpty()) {
            throw new UsageException("either a daemon's command after --, or --socket PATH of one that runs");
        }
        return new LoadOptions(isHelp, socketPath, logs, scenarios, seconds, warmupSeconds, rate, regions, isDisk,
                isIntegrated, json, line.command());
    }

    private static List<Integer> numbers(String value) throws UsageException {
        List<Integer> numbers = new ArrayList<>();
        for (String word : value.split(",")) {
            int number = word.matches("[0-9]{1,4}") ? Integer.parseInt(word) : 0;
            if (number < 1 || number > MAX_LOGS) {
                throw new UsageException("--logs " + value + ": '" + word + "' is not a number from 1 to " + MAX_LOGS);
            }
            numbers.add(number);
        }
        return List.copyOf(numbers);
    }

    private static List<LoadScenario> scenarios(String value) throws UsageException {
        List<LoadScenario> scenarios = new ArrayList<>();
        for (String word : value.split(",")) {
            scenarios.add(Arrays.stream(LoadScenario.values()).filter(scenario -> scenario.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new UsageException("--only " + value + ": '" + word
                            + "' is none of reads, cold, hot, resync")));
        }
        return List.copyOf(scenarios);
    }
}
