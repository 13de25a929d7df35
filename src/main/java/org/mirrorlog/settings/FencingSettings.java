package org.mirrorlog.settings;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How deaths become known and what follows them; see {@code mirrorlog.fencing} and its neighbours in application.conf.
 *
 * @param commandLine of the fencing command, empty unless mode is COMMAND
 * @param reactivation bound of a reactivation; empty: dead nodes' regions wait for the next resume
 */
public record FencingSettings(Mode mode, List<String> commandLine, Duration timeout, int attempts, Duration retryAfter,
        Duration bound, Optional<Duration> reactivation) {
    /** Who says that a removed node is dead. */
    public enum Mode { MANUAL, COMMAND, DOWNING_IS_FENCING }

    private static final String LINE = "mirrorlog.fence-command.line";

    static FencingSettings read(SettingsReader from) {
        String word = from.word("mirrorlog.fencing", List.of("manual", "command", "downing-is-fencing"));
        Mode mode = Mode.valueOf(word.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
        List<String> line = from.names(LINE, "a list of words: a program by its absolute path, and its arguments",
                text -> !text.isEmpty());
        if (mode == Mode.COMMAND && !startsWithAProgram(line)) {
            from.refuse(LINE, "with fencing = command: the absolute path of an executable program, and its arguments");
        }
        boolean isReactivated =
                "reactivate".equals(from.word("mirrorlog.after-death", List.of("next-resume", "reactivate")));
        Duration reactivation =
                from.duration("mirrorlog.reactivation-bound", Duration.ofSeconds(10), Duration.ofHours(1));
        return new FencingSettings(mode, line,
                from.duration("mirrorlog.fence-command.timeout", Duration.ofSeconds(1), Duration.ofMinutes(30)),
                (int) from.number("mirrorlog.fence-command.attempts", 1, 100),
                from.duration("mirrorlog.fence-command.retry-after", Duration.ofSeconds(1), Duration.ofMinutes(30)),
                from.duration("mirrorlog.downing-bound", Duration.ofSeconds(1), Duration.ofHours(1)),
                isReactivated ? Optional.of(reactivation) : Optional.empty());
    }

    static boolean startsWithAProgram(List<String> line) {
        return !line.isEmpty() && line.get(0).startsWith("/") && Files.isExecutable(Path.of(line.get(0)));
    }
}
