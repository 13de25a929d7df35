package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code top} shows, for a screen of any size: no line is wider, and there are never more. */
final class TopScreen {
    private static final int BAR = 10;
    private static final int MOST_FINDINGS = 4;
    /** Beside the name: in sync, dirty, waits, owner, and blanks. */
    private static final String ROW = "%s %6s  %10s  %8s  %-12s";
    private static final int BESIDE_NAME = BAR + 2 + 1 + 6 + 2 + 10 + 2 + 8 + 2 + 12;
    private static final int SHORTEST_NAME = 8;
    private static final int OWNER = 12;

    private final int rows;
    private final int columns;

    TopScreen(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
    }

    /**
     * The lines of one look.
     *
     * @param order how the logs are sorted, for people
     */
    List<String> lines(JsonNode health, JsonNode logs, String order) {
        List<String> lines = new ArrayList<>();
        int unsynced = 0;
        int waiting = 0;
        for (JsonNode log : logs) {
            unsynced += log.path("inSync").asLong() < log.path("regionCount").asLong() ? 1 : 0;
            waiting += LogCommand.waits(log) > 0 ? 1 : 0;
        }
        lines.add("health " + health.path("status").asText("unknown") + "; " + logs.size() + " logs, " + unsynced
                + " not in sync, " + waiting + " waiting; by " + order + "; q ends");
        for (JsonNode finding : health.path("findings")) {
            if (lines.size() <= MOST_FINDINGS) {
                lines.add("! " + finding.path("severity").asText() + " " + finding.path("code").asText() + ": "
                        + finding.path("says").asText() + " (" + finding.path("count").asInt() + ")");
            }
        }
        lines.add("");
        int name = Math.max(SHORTEST_NAME, columns - BESIDE_NAME - 2);
        lines.add(padded("LOG", name) + "  " + String.format(ROW, padded("IN SYNC", BAR + 2), "", "DIRTY", "WAITS",
                "OWNER"));
        int shown = 0;
        for (JsonNode log : logs) {
            boolean isLastLine = lines.size() == rows - 1;
            if (isLastLine && shown < logs.size() - 1) {
                lines.add("... and " + (logs.size() - shown) + " more");
                break;
            }
            lines.add(row(log, name));
            shown++;
        }
        return lines.stream().limit(rows).map(line -> cut(line.stripTrailing(), columns)).toList();
    }

    private static String row(JsonNode log, int name) {
        boolean isKnown = log.path("inSync").isNumber();
        return padded(LogName.of(log), name) + "  " + String.format(Locale.ROOT, ROW,
                isKnown ? LogCommand.bar(log, BAR) : padded("?", BAR + 2), isKnown ? LogCommand.percent(log) : "",
                isKnown ? log.path("dirty").asText() : "?", LogCommand.waiting(log),
                cut(log.path("owner").asText("-"), OWNER));
    }

    private static String padded(String text, int width) {
        return String.format("%-" + width + "s", cut(text, width));
    }

    private static String cut(String text, int width) {
        return text.length() <= width ? text : text.substring(0, width - 1) + "~";
    }
}
