package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** What this machine's kernel waits for. */
@Command(name = "requests",
        description = "Lists requests of this machine's kernel that have no reply yet, and what they wait for.")
final class RequestsCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        JsonNode requests = main.client().get("/mirrorlog/requests");
        output.show(requests, () -> text(requests));
        return Exit.OK;
    }

    private static String text(JsonNode requests) {
        if (requests.isEmpty()) {
            return "nothing waits" + System.lineSeparator();
        }
        Table table = new Table().row("LOG", "TABLE", "REQUEST", "WAITS", "FOR");
        requests.forEach(request -> table.row(LogName.shown(request.path("uuid").asText()),
                request.path("luid").asText(), request.path("type").asText(),
                String.format(Locale.ROOT, "%.1f s", request.path("waitsForSeconds").asDouble()),
                LogName.shown(request.path("why").asText())));
        return table.toString();
    }
}
