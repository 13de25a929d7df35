package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Names for a shell that completes a line: quickly, or none at all, and never a word about what went wrong. */
@Command(name = "names", hidden = true, description = "Lists names for shells: one a line, and none where no daemon"
        + " answers within a second.")
final class NamesCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(paramLabel = "logs|nodes", description = "of what")
    private String what;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Set<String> names = new TreeSet<>();
        try {
            DaemonClient client = main.client(PATIENCE);
            if (what.equals("logs")) {
                client.get("/mirrorlog/names").forEach(name -> names.add(LogName.shown(name.asText())));
            } else if (what.equals("nodes")) {
                for (JsonNode run : client.get("/mirrorlog/nodes").path("nodes")) {
                    names.add(run.path("node").asText());
                    names.add(run.path("bootId").asText());
                }
            }
        } catch (CommandFailedException e) {
            return e.status();
        }
        PrintWriter out = spec.commandLine().getOut();
        names.forEach(out::println);
        out.flush();
        return Exit.OK;
    }
}
