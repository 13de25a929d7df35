package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** All logs that the daemon's machine uses. */
@Command(name = "logs", description = "Lists the logs that this machine uses.")
final class LogsCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private Output output;

    @Mixin
    private LogChoice choice;

    @Override
    public Integer call() {
        JsonNode logs = choice.of(() -> main.client().get("/mirrorlog/logs"));
        output.show(logs, () -> text(logs));
        return Exit.OK;
    }

    private String text(JsonNode logs) {
        if (logs.isEmpty()) {
            return "no logs" + System.lineSeparator();
        }
        Table table = new Table().row("LOG", "TYPE", "REGIONS", "IN SYNC", "DIRTY", "OWNER", "DEVICE", "TABLES");
        for (JsonNode log : logs) {
            if (log.has("silent")) {
                table.row(LogName.of(log), log.path("type").asText(), log.path("regionCount").asLong(),
                        "?", "?", log.path("owner").asText("-"), "?", log.path("instances").size());
                continue;
            }
            JsonNode device = log.path("logDevice");
            table.row(LogName.of(log), log.path("type").asText(), log.path("regionCount").asLong(),
                    LogCommand.percent(log), log.path("dirty").asLong(), log.path("owner").asText("-"),
                    device.isNull() ? "-" : device.path("path").asText() + " " + device.path("health").asText(),
                    log.path("instances").size());
        }
        List<String> remarks = new ArrayList<>();
        for (JsonNode log : logs) {
            if (log.has("trouble")) {
                remarks.add("log " + LogName.of(log) + ": " + trouble(log));
            }
        }
        logs.forEach(log -> silence(log).ifPresent(remarks::add));
        return table + output.remarks(remarks);
    }

    /** Of a log whose owner throws. */
    static String trouble(JsonNode log) {
        JsonNode trouble = log.path("trouble");
        return trouble.path("why").asText() + " (" + trouble.path("count").asLong() + " times since "
                + trouble.path("since").asText() + ")";
    }

    /** What there is to say of a log that does not answer. */
    static Optional<String> silence(JsonNode log) {
        JsonNode silent = log.path("silent");
        return silent.isMissingNode() ? Optional.empty()
                : Optional.of("log " + LogName.of(log) + ": its owner" + (log.hasNonNull("owner")
                        ? ", last heard of on " + log.path("owner").asText() + "," : "") + " is silent since "
                        + silent.path("since").asText() + ": " + silent.path("why").asText());
    }
}
