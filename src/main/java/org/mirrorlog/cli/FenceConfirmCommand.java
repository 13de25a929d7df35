package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Declares a node dead. */
@Command(name = "fence-confirm",
        description = {"Declares a node dead, which you have made sure of: it is powered off, or cut off"
        + " from its disks. What it was writing is then resynced. If it still runs, data is damaged.",
    "A daemon that was stopped or killed proves nothing: its kernel goes on writing.",
    "Without --yes it only shows what would be done."})
final class FenceConfirmCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "NODE", description = "name of the node, or boot id of its kernel")
    private String node;

    @Option(names = "--yes", description = "do it")
    private boolean isMeant;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        DaemonClient client = main.client();
        PrintWriter out = spec.commandLine().getOut();
        JsonNode runs = client.get("/mirrorlog/nodes/" + DaemonClient.segment(node)).path("runs");
        List<String> bootIds = new ArrayList<>();
        for (JsonNode run : runs) {
            String name = "node " + run.path("node").asText() + ", boot id " + run.path("bootId").asText();
            if (run.path("isConnected").asBoolean()) {
                throw new CommandFailedException(Exit.FAILED,
                        name + " is connected: it is not dead, and its kernel may write. Power the machine off first."
                        + " To stop its daemon is not enough: the kernel goes on writing, and what is declared dead"
                        + " then damages data. An earlier run of its kernel is named by its boot id");
            }
            if (run.path("isDeclared").asBoolean()) {
                out.println(name + ": was declared dead before");
            } else {
                bootIds.add(run.path("bootId").asText());
                out.println(name + ": " + (isMeant ? "is" : "would be") + " declared dead; "
                        + run.path("marks").asLong() + " marked regions in " + run.path("logs").size()
                        + " logs of this machine go out of sync" + uncounted(run.path("silentLogs").size())
                        + "; it is not served again before it has booted");
            }
        }
        out.flush();
        if (bootIds.isEmpty()) {
            return Exit.OK;
        }
        if (!isMeant) {
            throw new CommandFailedException(Exit.USAGE,
                    "nothing was done: make sure that the machine is off, not just its daemon, then add --yes");
        }
        client.post("/mirrorlog/deaths", Map.of("bootIds", bootIds));
        out.println("done");
        out.flush();
        return Exit.OK;
    }

    /** The owner of a log may be what has died. */
    private static String uncounted(int logs) {
        return logs == 0 ? "" : " (without " + logs + " whose owners do not answer now)";
    }
}
