package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
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

    /** A line for each code, behind this. */
    static String lines(JsonNode health, String before, Ink ink) {
        StringBuilder lines = new StringBuilder();
        health.path("findings").forEach(finding -> lines.append(line(finding, before, ink)));
        return lines.toString();
    }

    private static String line(JsonNode finding, String before, Ink ink) {
        String severity = finding.path("severity").asText();
        int count = finding.path("count").asInt();
        return ink.bySeverity(severity, before + severity + " " + finding.path("code").asText() + ": "
                + finding.path("says").asText() + (count == 1
                        ? " (" + LogName.shown(finding.at("/concerns/0/subject").asText()) + ")"
                        : " (" + count + " of them)")) + System.lineSeparator();
    }

    private String text(JsonNode health) {
        Ink ink = output.ink();
        String status = health.path("status").asText();
        StringBuilder text = new StringBuilder(ink.bySeverity(status, status)).append(System.lineSeparator());
        for (JsonNode finding : health.path("findings")) {
            text.append(line(finding, "", ink));
            if (isDetailed) {
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
