package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;

/** What {@code status} shows of nodes and logs, for people: one screen, those first that want to be looked at. */
final class StatusText {
    private static final int MOST_NODES = 16;
    private static final int MOST_LOGS = 20;
    private static final int BAR = 20;
    private static final long MINUTE = 60;
    private static final long HOUR = 3_600;
    private static final long DAY = 86_400;
    private static final double KIB = 1_024;

    private final boolean hasBars;

    /** @param hasBars on a terminal, a share is drawn as well */
    StatusText(boolean hasBars) {
        this.hasBars = hasBars;
    }

    /** Members, and whoever else is known and not over. */
    String nodes(JsonNode nodes) {
        List<JsonNode> shown = StreamSupport.stream(nodes.spliterator(), false)
                .filter(node -> !List.of("over", "dead").contains(node.path("state").asText()))
                .sorted(Comparator.comparing((JsonNode node) -> "up".equals(node.path("state").asText()))
                        .thenComparing(node -> node.path("node").asText())).toList();
        if (shown.isEmpty()) {
            return "";
        }
        Table table = new Table().row("NODE", "STATE", "VERSION");
        shown.stream().limit(MOST_NODES).forEach(node -> table.row(node.path("node").asText(),
                node.path("state").asText(), node.path("version").asText("-")));
        return System.lineSeparator() + table + more(shown.size() - MOST_NODES, "nodes");
    }

    /** Those first whose requests wait longest, then those that are least in sync. */
    String logs(JsonNode logs) {
        if (logs.isEmpty()) {
            return "";
        }
        List<JsonNode> sorted = StreamSupport.stream(logs.spliterator(), false)
                .sorted(Comparator.comparing((JsonNode log) -> -LogCommand.waits(log))
                        .thenComparing(StatusText::share)).toList();
        Table table = new Table().row("LOG", "OWNER", "IN SYNC", "DIRTY", "RESYNC", "WAITS");
        for (JsonNode log : sorted.subList(0, Math.min(MOST_LOGS, sorted.size()))) {
            boolean isKnown = log.path("inSync").isNumber();
            table.row(LogName.of(log), log.path("owner").asText("-"), isKnown ? inSync(log) : "?",
                    isKnown ? log.path("dirty").asText() : "?", isKnown ? resync(log) : "?",
                    LogCommand.waiting(log));
        }
        return System.lineSeparator() + table + more(sorted.size() - MOST_LOGS, "logs");
    }

    private static String more(int count, String what) {
        return count <= 0 ? "" : "... and " + count + " more: mirrorlogctl " + what + System.lineSeparator();
    }

    private String inSync(JsonNode log) {
        return (hasBars ? LogCommand.bar(log, BAR) + " " : "") + LogCommand.percent(log);
    }

    private static double share(JsonNode log) {
        long all = log.path("regionCount").asLong();
        return all == 0 ? 1 : (double) log.path("inSync").asLong() / all;
    }

    private static String resync(JsonNode log) {
        if (log.path("inSync").asLong() >= log.path("regionCount").asLong()) {
            return "-";
        }
        JsonNode resync = log.path("resync");
        return resync.isMissingNode() ? "not known yet" : !resync.hasNonNull("secondsLeft") ? "waits"
                : bytes(resync.path("bytesPerSecond").asDouble()) + "/s, "
                        + duration(resync.path("secondsLeft").asLong()) + " left";
    }

    static String bytes(double count) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        double left = count;
        while (left >= KIB && unit < units.length - 1) {
            left /= KIB;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", left, units[unit]);
    }

    static String duration(long seconds) {
        return seconds < 2 * MINUTE ? seconds + " s" : seconds < 2 * HOUR ? seconds / MINUTE + " min"
                : seconds < 2 * DAY ? seconds / HOUR + " h" : seconds / DAY + " days";
    }
}
