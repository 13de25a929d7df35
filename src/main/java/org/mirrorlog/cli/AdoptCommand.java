package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    /** So it says where an adoption is what helps. */
    private static final String ADVICE = "(mirrorlogctl adopt)";

    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(arity = "0..1", paramLabel = "UUID",
            description = "the log's name, as in the table line or as logs shows it; behind -- if it begins with -")
    private String uuid;

    @Mixin
    private Change change;

    @Option(names = "--even-if-healthy", description = "also if it is in use and nobody is held")
    private boolean isForced;

    @Option(names = "--all", description = "in place of a name: each log of this machine of which the daemon says"
            + " that it is to be adopted; all others are left as they are, and named with the reason")
    private boolean isAll;

    @Override
    public Integer call() {
        if (isAll && isForced) {
            throw new CommandFailedException(Exit.USAGE, "--even-if-healthy is for one log, by its name");
        }
        return Change.isOne(uuid, isAll, "--all") ? one() : all();
    }

    /** By what the daemon says of each: a guess would cost a resync, or hide that something else is wrong. */
    private int all() {
        DaemonClient client = main.client();
        JsonNode requests = client.get("/mirrorlog/requests");
        List<String> due = new ArrayList<>();
        for (JsonNode log : client.get("/mirrorlog/logs")) {
            String name = log.path("uuid").asText();
            List<String> said = said(log, requests);
            Optional<String> advice = said.stream().filter(why -> why.contains(ADVICE)).findFirst();
            advice.ifPresent(why -> due.add(name));
            change.show("log " + LogName.shown(name) + ": " + (advice.isPresent()
                    ? change.would("will be", "would be") + " adopted, all its " + log.path("regionCount").asText("?")
                            + " regions out of sync and resynced; " + LogName.shown(advice.get())
                    : "is left as it is; " + (said.isEmpty() ? "nothing is held" : LogName.shown(said.get(0)))));
        }
        if (due.isEmpty()) {
            change.show("no log is to be adopted");
            return Exit.OK;
        }
        change.ifMeant("to adopt " + due.size() + ", make sure that nobody else serves them, then ");
        return change.each(due, "adopted", name -> client.post("/mirrorlog/logs/" + DaemonClient.segment(name)
                + "/adopt", Map.of("evenIfHealthy", false)));
    }

    private static List<String> said(JsonNode log, JsonNode requests) {
        List<String> said = new ArrayList<>();
        for (JsonNode request : requests) {
            if (request.path("uuid").equals(log.path("uuid")) && !request.path("why").asText().isEmpty()) {
                said.add(request.path("type").asText() + " waits: " + request.path("why").asText());
            }
        }
        for (JsonNode why : List.of(log.at("/trouble/why"), log.at("/silent/why"))) {
            if (why.isTextual()) {
                said.add("its owner: " + why.asText());
            }
        }
        return said;
    }

    private int one() {
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
