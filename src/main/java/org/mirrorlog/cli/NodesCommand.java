package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** All runs of machines' kernels. */
@Command(name = "nodes",
        description = "Lists the nodes that the daemon knows, those first whose death is to be decided about.")
final class NodesCommand implements Callable<Integer> {
    private static final int MOST_NAMED = 8;

    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        JsonNode nodes = main.client().get("/mirrorlog/nodes").path("nodes");
        output.show(nodes, () -> text(nodes));
        return Exit.OK;
    }

    private String text(JsonNode nodes) {
        Table table = new Table().row("NODE", "BOOT ID", "STATE", "MAY WRITE", "MARKS", "VERSION");
        StreamSupport.stream(nodes.spliterator(), false)
                .sorted(Comparator.comparing((JsonNode run) -> !isUndecided(run))
                        .thenComparing(run -> run.path("node").asText()))
                .forEach(run -> table.row(run.path("node").asText(), run.path("bootId").asText(),
                        run.path("state").asText(), run.path("writable").size(), run.path("marks").asLong(),
                        run.path("version").asText("-")));
        return table + output.remarks(undecided(nodes));
    }

    private static boolean isUndecided(JsonNode run) {
        return "undecided".equals(run.path("state").asText());
    }

    /** A line for each node about which a decision is pending. */
    static List<String> undecided(JsonNode nodes) {
        List<String> lines = new ArrayList<>();
        for (JsonNode run : nodes) {
            if (isUndecided(run)) {
                lines.add(named(run) + " " + run.path("says").asText()
                        + logs(run.path("writable")).map(logs -> " " + logs).orElse("") + since(run)
                        + ". Make sure that it is off, then: mirrorlogctl fence-confirm "
                        + run.path("bootId").asText());
            }
        }
        return lines;
    }

    static String named(JsonNode run) {
        return "node " + run.path("node").asText() + " (boot id " + run.path("bootId").asText() + ")";
    }

    static String since(JsonNode run) {
        return run.hasNonNull("silentSince") ? "; silent since " + run.path("silentSince").asText() : "";
    }

    /** Some of their names; empty if there are none. */
    static Optional<String> logs(JsonNode uuids) {
        if (uuids.isEmpty()) {
            return Optional.empty();
        }
        String names = StreamSupport.stream(uuids.spliterator(), false).limit(MOST_NAMED)
                .map(uuid -> LogName.shown(uuid.asText())).collect(Collectors.joining(", "));
        return Optional.of((uuids.size() == 1 ? "log " : uuids.size() + " logs: ") + names
                + (uuids.size() > MOST_NAMED ? ", ..." : ""));
    }
}
