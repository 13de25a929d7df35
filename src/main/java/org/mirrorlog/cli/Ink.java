package org.mirrorlog.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Colours, for terminals only; NO_COLOR, in whatever way it is set, says that none are wanted. */
final class Ink {
    private static final String RESET = "\u001b[0m";
    private static final String RED = "\u001b[31m";
    private static final String GREEN = "\u001b[32m";
    private static final String YELLOW = "\u001b[33m";

    private final boolean isColoured;

    /** For a terminal or not, with this environment. */
    Ink(boolean isTerminal, Map<String, String> environment) {
        isColoured = isTerminal && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.get("TERM"));
    }

    /** Whether a descriptor of this process is a terminal: the JDK only says so of both together. */
    static boolean isTerminal(int descriptor) {
        try {
            String what = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            return what.matches("/dev/(pts/\\d+|tty.*|console|hvc\\d+)");
        } catch (IOException e) {
            return false;
        }
    }

    /** By a word of the daemon: ok, warning, error. */
    String bySeverity(String severity, String text) {
        return switch (severity) {
            case "ok" -> paint(GREEN, text);
            case "error" -> paint(RED, text);
            default -> paint(YELLOW, text);
        };
    }

    /** What somebody should look at. */
    String alarm(String text) {
        return paint(RED, text);
    }

    private String paint(String colour, String text) {
        return isColoured ? colour + text + RESET : text;
    }
}
