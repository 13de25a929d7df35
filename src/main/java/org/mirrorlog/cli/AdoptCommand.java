package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Takes a log over whose memory is foreign or lost. */
@Command(name = "adopt", description =
        {"Goes on with a log whose memory is foreign, lost, damaged or too short. Every region is then out of sync, and"
        + " resynced once all nodes have suspended and resumed the mirror. Make sure that no other daemon serves it.",
    "Where the journal has lost a part of what it knew of the log, that is given up, and so are nodes of which nobody"
        + " else knows: first stop the mirror on a machine that uses it and whose daemon does not run.",
    "Without --yes it only shows what would be done, and to what."})
final class AdoptCommand implements Callable<Integer> {
    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(paramLabel = "UUID",
            description = "the log's name, as in the table line or as logs shows it; behind -- if it begins with -")
    private String uuid;

    @Mixin
    private Change change;

    @Option(names = "--even-if-healthy", description = "also if it is in use and nobody is held")
    private boolean isForced;

    @Override
    public Integer call() {
        String name = LogName.resolve(Change.named(uuid, LogName.QUESTION), main.client());
        String path = "/mirrorlog/logs/" + DaemonClient.segment(name);
        change.show("log " + LogName.shown(name) + look(path) + " " + change.would("will be", "would be")
                + " adopted: every region out of sync, and resynced once every node that uses it has suspended and"
                + " resumed the mirror");
        change.ifMeant("make sure that nobody else serves it, then ");
        main.client().post(path + "/adopt", Map.of("evenIfHealthy", isForced));
        change.show("log " + LogName.shown(name) + " is adopted; held requests go on within seconds");
        return Exit.OK;
    }

    /** It may be the log's trouble that it cannot be read. */
    private String look(String path) {
        DaemonClient.Answer answer = main.client().look(path);
        if (answer.status() == DaemonClient.UNAVAILABLE && answer.body() != null) {
            return " (" + DaemonClient.reason(answer.body()).orElse("") + ")";
        }
        JsonNode log = main.client().checked(answer);
        return " (" + log.path("regionCount").asText("?") + " regions, " + log.path("inSync").asText("?")
                + " in sync, " + log.path("instances").size() + " tables)";
    }
}
