package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** One log. */
@Command(name = "log", description = "Shows one log.")
final class LogCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private Output output;

    @Parameters(paramLabel = "UUID",
            description = "the log's name, as in the table line or as logs shows it; behind -- if it begins with -")
    private String uuid;

    @Option(names = "--map", description = "a picture of its regions instead")
    private boolean isMap;

    @Override
    public Integer call() {
        String name = LogName.resolve(uuid, main.client());
        if (isMap) {
            JsonNode map = main.client().get("/mirrorlog/logs/" + DaemonClient.segment(name) + "/map?cells="
                    + RegionPicture.CELLS);
            output.show(map, () -> RegionPicture.of(map));
            return Exit.OK;
        }
        JsonNode log = main.client().get("/mirrorlog/logs/" + DaemonClient.segment(name));
        output.show(log, () -> text(log));
        return Exit.OK;
    }

    private static String text(JsonNode log) {
        JsonNode device = log.path("logDevice");
        Table head = new Table()
                .row("log", LogName.of(log))
                .row("type", log.path("type").asText())
                .row("regions", log.path("regionCount").asText() + " of " + log.path("regionSize").asText()
                        + " sectors")
                .row("in sync", log.path("inSync").asText() + " (" + percent(log) + ")")
                .row("dirty", log.path("dirty").asText())
                .row("recovering", log.path("recovering").isNull() ? "-" : "region " + log.path("recovering").asText())
                .row("owner", log.path("owner").asText("-"))
                .row("log device", device.isNull() ? "-" : device.path("path").asText() + ", health "
                        + device.path("health").asText() + late(device));
        if (log.has("trouble")) {
            head.row("trouble", LogsCommand.trouble(log));
        }
        Table tables = new Table().row("NODE", "TABLE", "STATE", "MARKS");
        log.path("instances")
                .forEach(instance -> tables.row(instance.path("node").asText(), instance.path("luid").asText(),
                instance.path("state").asText(), instance.path("marks").asLong()));
        return head + System.lineSeparator() + tables;
    }

    private static String late(JsonNode device) {
        long seconds = device.path("lateSeconds").asLong(0);
        return seconds == 0 ? "" : ", no answer for " + seconds + " s";
    }

    /** How much is in sync, drawn; never full while anything is not. */
    static String bar(JsonNode log, int cells) {
        long all = log.path("regionCount").asLong();
        int full = all == 0 ? cells : (int) (cells * log.path("inSync").asLong() / all);
        return "[" + "#".repeat(full) + "-".repeat(cells - full) + "]";
    }

    /** For how many seconds this machine's oldest request to it has waited; 0: none waits. */
    static double waits(JsonNode log) {
        return StreamSupport.stream(log.path("instances").spliterator(), false)
                .mapToDouble(table -> table.path("waitsForSeconds").asDouble(0)).max().orElse(0);
    }

    /** As {@link #waits}, for people. */
    static String waiting(JsonNode log) {
        return waits(log) > 0 ? String.format(Locale.ROOT, "%.1f s", waits(log)) : "-";
    }

    /** How much is in sync; never 100 while anything is not. */
    static String percent(JsonNode log) {
        long inSync = log.path("inSync").asLong();
        long all = log.path("regionCount").asLong();
        double share = all == 0 ? 100 : Math.floor(1000.0 * inSync / all) / 10;
        return String.format(Locale.ROOT, "%.1f%%", share);
    }
}
