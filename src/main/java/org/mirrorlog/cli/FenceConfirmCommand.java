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

/** Declares a node dead. */
@Command(name = "fence-confirm",
        description = {"Declares a node dead, which you have made sure of: it is powered off, or cut off"
        + " from its disks. What it was writing is then resynced. If it still runs, data is damaged.",
    "A daemon that was stopped or killed proves nothing: its kernel goes on writing.",
    "Without --yes it only shows what would be done."})
final class FenceConfirmCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(paramLabel = "NODE", description = "name of the node, or boot id of its kernel")
    private String node;

    @Mixin
    private Change change;

    @Option(names = "--power-is-off", description = "you have seen that the machine is off, or cut off from the disks:"
            + " needed where its kernel may still write a log")
    private boolean isPowerOff;

    @Override
    public Integer call() {
        String name = Change.named(node, "which node? Its name and boot id stand in \"mirrorlogctl nodes\"");
        DaemonClient client = main.client();
        List<String> bootIds = new ArrayList<>();
        boolean isPowerOffNeeded = false;
        for (JsonNode run : client.get("/mirrorlog/nodes/" + DaemonClient.segment(name)).path("runs")) {
            if (run.path("isDeclared").asBoolean()) {
                change.show(NodesCommand.named(run) + " " + run.path("says").asText() + ": there is nothing to do");
                continue;
            }
            refuseConnected(run);
            bootIds.add(run.path("bootId").asText());
            isPowerOffNeeded |= run.path("isPowerOffNeeded").asBoolean();
            show(run);
        }
        if (bootIds.isEmpty()) {
            return Exit.OK;
        }
        if (isPowerOffNeeded && !isPowerOff) {
            throw Change.notDone("its kernel goes on writing without its daemon, and what is declared dead then damages"
                    + " data. See that the machine is off, or cut off from the disks, then add --power-is-off --yes");
        }
        change.ifMeant("make sure that the machine is off, not just its daemon, then ");
        client.post("/mirrorlog/deaths", Map.of("bootIds", bootIds, "powerIsOff", isPowerOff));
        change.show("done");
        return Exit.OK;
    }

    private static void refuseConnected(JsonNode run) {
        if (run.path("isConnected").asBoolean()) {
            throw new CommandFailedException(Exit.FAILED, NodesCommand.named(run) + " " + run.path("says").asText()
                    + ": it is not dead, and its kernel may write. Power the machine off first. To stop its daemon is"
                    + " not enough: the kernel goes on writing, and what is declared dead then damages data. An earlier"
                    + " run of its kernel is named by its boot id");
        }
    }

    private void show(JsonNode run) {
        JsonNode silent = run.path("silentLogs");
        change.show(NodesCommand.named(run) + " " + run.path("says").asText() + NodesCommand.since(run));
        NodesCommand.logs(run.path("writable")).ifPresent(logs -> change.show("  it may still write " + logs));
        NodesCommand.logs(silent).ifPresent(logs -> change.show("  what it may write of " + logs
                + " is not known: they cannot be read now"));
        change.show("  it " + change.would("will be", "would be") + " declared dead: "
                + run.at("/lost/regions").asLong() + " regions in " + run.at("/lost/logs").asLong()
                + " logs go out of sync" + (silent.isEmpty() ? "" : " (without those that cannot be read)")
                + "; it is not served again before it has booted");
    }
}
