package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Names of logs for people. A kernel allows every byte but NUL in them; the daemon has one character for each. What is
 * not printable ASCII is shown as \xNN and may be typed so.
 */
final class LogName {
    static final String QUESTION =
            "which log? Its name stands in the table line of its mirror, and in \"mirrorlogctl logs\"";
    private static final int LAST_OF_A_BYTE = 0xff;
    private static final Pattern ESCAPE = Pattern.compile("\\\\x([0-9a-fA-F]{2})");

    private LogName() {
    }

    /** On one line, and never the same for two names. */
    static String shown(String name) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean looksEscaped = c == '\\' && ESCAPE.matcher(name).region(i, name.length()).lookingAt();
            boolean isPlain = c >= ' ' && c < 0x7f && !looksEscaped;
            shown.append(isPlain ? String.valueOf(c) : String.format("\\x%02x", (int) c));
        }
        return shown.toString();
    }

    /** The log of this name, shown by {@link #shown}. */
    static String of(JsonNode log) {
        return shown(log.path("uuid").asText());
    }

    /**
     * Which log is meant: one whose name is typed as it is, in bytes of UTF-8 as a terminal sends them, or as it is
     * shown. The daemon is asked only where that is not clear.
     */
    static String resolve(String typed, DaemonClient client) {
        Set<String> meant = meant(typed);
        if (meant.size() == 1) {
            return meant.iterator().next();
        }
        Set<String> known = client.get("/mirrorlog/logs").findValuesAsText("uuid").stream().collect(Collectors.toSet());
        List<String> found = meant.stream().filter(known::contains).toList();
        if (found.size() == 1) {
            return found.get(0);
        }
        throw new CommandFailedException(Exit.FAILED, found.isEmpty() ? "no log " + shown(typed) + " on this node"
                : "several logs are called " + shown(typed) + "; say which, as `mirrorlogctl logs` shows them: "
                + found.stream().map(LogName::shown).collect(Collectors.joining(" or ")));
    }

    private static Set<String> meant(String typed) {
        Set<String> meant = new LinkedHashSet<>();
        if (typed.chars().allMatch(c -> c <= LAST_OF_A_BYTE)) {
            meant.add(typed);
        }
        String bytes = new String(typed.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        meant.add(bytes);
        meant.add(ESCAPE.matcher(bytes).replaceAll(byteOf -> Matcher.quoteReplacement(
                String.valueOf((char) Integer.parseInt(byteOf.group(1), 16)))));
        return meant;
    }
}
