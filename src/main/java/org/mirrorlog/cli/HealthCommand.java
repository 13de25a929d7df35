package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** What is wrong, by its codes. */
@Command(name = "health", description = "Says what is wrong with the daemon, its cluster and its logs, by codes that"
        + " docs/operations.md explains; exit status 4 if anything is.")
final class HealthCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private Output output;

    @Option(names = "--detail", description = "also what each of them concerns, since when and why")
    private boolean isDetailed;

    @Override
    public Integer call() {
        JsonNode health = main.client().get("/mirrorlog/health");
        output.show(health, () -> text(health));
        return isWell(health) ? Exit.OK : Exit.DEGRADED;
    }

    static boolean isWell(JsonNode health) {
        return "ok".equals(health.path("status").asText());
    }

    /** A line for each code. */
    static List<String> lines(JsonNode health) {
        List<String> lines = new ArrayList<>();
        health.path("findings").forEach(finding -> lines.add(finding.path("severity").asText() + " "
                + finding.path("code").asText() + ": " + finding.path("says").asText()
                + (finding.path("count").asInt() == 1 ? " (" + LogName.shown(finding.at("/concerns/0/subject").asText())
                        + ")" : " (" + finding.path("count").asInt() + " of them)")));
        return lines;
    }

    private String text(JsonNode health) {
        StringBuilder text = new StringBuilder(health.path("status").asText()).append(System.lineSeparator());
        List<String> lines = lines(health);
        for (int i = 0; i < lines.size(); i++) {
            text.append(lines.get(i)).append(System.lineSeparator());
            if (isDetailed) {
                JsonNode finding = health.path("findings").get(i);
                finding.path("concerns").forEach(concern -> text.append("    ")
                        .append(LogName.shown(concern.path("subject").asText())).append(": ")
                        .append(LogName.shown(concern.path("why").asText())).append("; since ")
                        .append(concern.path("since").asText()).append(System.lineSeparator()));
                text.append("    ").append(finding.path("section").asText()).append(System.lineSeparator());
            }
        }
        return text.toString();
    }
}
