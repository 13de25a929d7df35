package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** When resyncs run. */
@Command(name = "resync", description = {"Says when resyncs run; without an order, what was ordered.",
    "pause: no region of the log is copied any more, on no node, but those that a write waits for; with resume"
        + " it goes on. priority: all other logs of this machine pause until this one is in sync, or until resume.",
    "An order holds while the daemon at which it was given runs; ten seconds after it has ended resyncs go on. So it is"
        + " taken back there."})
final class ResyncCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(index = "0", arity = "0..1", paramLabel = "pause|resume|priority", description = "what to do")
    private Order order;

    @Parameters(index = "1", arity = "0..1", paramLabel = "UUID", description = "the log's name, as in the table line")
    private String uuid;

    @Mixin
    private Output output;

    @Spec
    private CommandSpec spec;

    /** As they are typed. */
    enum Order { pause, resume, priority }

    @Override
    public Integer call() {
        DaemonClient client = main.client();
        if (order == null) {
            JsonNode orders = client.get("/mirrorlog/resync");
            output.show(orders, () -> text(orders));
            return Exit.OK;
        }
        if (uuid == null) {
            throw new CommandFailedException(Exit.USAGE, LogName.QUESTION);
        }
        String name = LogName.resolve(Change.named(uuid, LogName.QUESTION), client);
        JsonNode orders = client.post("/mirrorlog/logs/" + DaemonClient.segment(name) + "/resync",
                Map.of("order", order.name()));
        spec.commandLine().getOut().print(text(orders));
        spec.commandLine().getOut().flush();
        return Exit.OK;
    }

    private static String text(JsonNode orders) {
        StringBuilder text = new StringBuilder();
        orders.path("paused").forEach(log -> text.append("log ").append(LogName.shown(log.asText()))
                .append(": its resync is paused").append(System.lineSeparator()));
        if (orders.hasNonNull("first")) {
            text.append("log ").append(LogName.shown(orders.path("first").asText()))
                    .append(": other resyncs of this machine wait for its").append(System.lineSeparator());
        }
        return text.isEmpty() ? "no resync is paused here" + System.lineSeparator() : text.toString();
    }
}
