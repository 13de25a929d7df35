package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Ends a log that is not used any more. */
@Command(name = "retire", description =
        {"Ends a log that is not used any more: what is kept of it is small. A log that is wholly clean, and whose"
        + " tables have all been destroyed, stays clean (and is retired by itself after mirrorlog.retire-after); of"
        + " any other one only \"every region is dirty\" is kept, nosync notwithstanding.",
    "Without --yes it only shows what would be done."})
final class RetireCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(arity = "0..1", paramLabel = "UUID", description = "the log's name, as in the table line")
    private String uuid;

    @Mixin
    private Change change;

    @Option(names = "--unused", description = "in place of a name: each log that no kernel uses, as far as its journal"
            + " knows, and whose tables have all been destroyed")
    private boolean isUnused;

    @Override
    public Integer call() {
        return Change.isOne(uuid, isUnused, "--unused") ? one() : unused();
    }

    private int unused() {
        DaemonClient client = main.client();
        JsonNode found = client.get("/mirrorlog/unused");
        found.path("silent").forEach(name -> change.show("log " + LogName.shown(name.asText())
                + ": is left as it is; it cannot be read now"));
        List<String> due = new ArrayList<>();
        for (JsonNode log : found.path("logs")) {
            due.add(log.path("uuid").asText());
            change.show("log " + LogName.of(log) + ": " + change.would("will be", "would be") + " retired; "
                    + log.path("number").asLong() + " commits, " + log.path("dirty").asLong() + " of "
                    + log.path("regionCount").asLong() + " regions dirty; " + becomes(log));
        }
        if (found.path("isMore").asBoolean()) {
            change.show("there are more; say it again for the others");
        }
        if (due.isEmpty()) {
            change.show("no log is to be retired");
            return Exit.OK;
        }
        change.ifMeant("to retire " + due.size() + ", ");
        return change.each(due, "retired", name -> client.post("/mirrorlog/logs/" + DaemonClient.segment(name)
                + "/retire", Map.of()));
    }

    private static String becomes(JsonNode log) {
        return log.path("isLossless").asBoolean() ? "it stays clean"
                : "every region is dirty afterwards, and is resynced should it ever be used again";
    }

    private int one() {
        DaemonClient client = main.client();
        String name = LogName.resolve(Change.named(uuid, LogName.QUESTION), client);
        String shown = LogName.shown(name);
        String path = "/mirrorlog/logs/" + DaemonClient.segment(name) + "/retire";
        JsonNode log = client.get(path);
        if (log.hasNonNull("user")) {
            throw new CommandFailedException(Exit.FAILED, "log " + shown + " is in use by " + log.path("user").asText()
                    + ": suspend or remove the mirror there; if that node is gone for good, say so first"
                    + " (mirrorlogctl fence-confirm)");
        }
        change.show("log " + shown + ": " + log.path("number").asLong() + " commits, " + log.path("dirty").asLong()
                + " of " + log.path("regionCount").asLong() + " regions dirty");
        log.path("tables").forEach(table ->
                change.show("  " + table.asText() + " has suspended its table and may still have it"));
        change.show(becomes(log));
        change.ifMeant("to retire it ");
        client.post(path, Map.of());
        change.show("log " + shown + " is retired");
        return Exit.OK;
    }
}
