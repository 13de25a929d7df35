package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes a log over whose memory is foreign or lost. */
@Command(name = "adopt", description =
        {"Goes on with a log whose memory is foreign, lost, damaged or too short. Every region is then out of sync, and"
        + " resynced once all nodes have suspended and resumed the mirror. Make sure that no other daemon serves it.",
    "Without --yes it only shows what would be done, and to what."})
final class AdoptCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "UUID",
            description = "the log's name, as in the table line or as logs shows it; behind -- if it begins with -")
    private String uuid;

    @Option(names = "--yes", description = "do it")
    private boolean isMeant;

    @Option(names = "--even-if-healthy", description = "also if it is in use and nobody is held")
    private boolean isForced;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (uuid.isBlank()) {
            throw new CommandFailedException(Exit.USAGE, "which log? Its name stands in the table line of its mirror,"
                    + " and in \"mirrorlogctl logs\"");
        }
        String name = LogName.resolve(uuid, main.client());
        String path = "/mirrorlog/logs/" + DaemonClient.segment(name);
        if (!isMeant) {
            JsonNode log = main.client().get(path);
            throw new CommandFailedException(Exit.USAGE, "log " + LogName.shown(name) + " ("
                    + log.path("regionCount").asText("?")
                    + " regions, " + log.path("inSync").asText("?") + " in sync, " + log.path("instances").size()
                    + " tables) would be adopted: every region out of sync, and resynced once every node that uses it"
                    + " has suspended and resumed the mirror. Make sure that nobody else serves it, then add --yes");
        }
        main.client().post(path + "/adopt", Map.of("evenIfHealthy", isForced));
        spec.commandLine().getOut().println("log " + LogName.shown(name) + " is adopted; held requests go on within"
                + " seconds. It is resynced once every node that uses it has suspended and resumed the mirror");
        spec.commandLine().getOut().flush();
        return Exit.OK;
    }
}
