package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** Daemon, cluster and logs at a glance. */
@Command(name = "status", description = "Says how the daemon, its cluster and its logs are; exit status 4 if not well.")
final class StatusCommand implements Callable<Integer> {
    private static final int HTTP_OK = 200;

    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        DaemonClient client = main.client();
        List<String> complaints = new ArrayList<>();
        DaemonClient.Answer ready = client.look("/ready");
        if (ready.status() != HTTP_OK) {
            complaints.add(ready.text().strip());
        }
        JsonNode members = client.get("/cluster/members");
        complaints.addAll(complaintsAbout(members));
        complaints.addAll(complaintsAboutNodes(client.look("/mirrorlog/nodes")));
        JsonNode logs = client.get("/mirrorlog/logs");
        logs.forEach(log -> complaints.addAll(complaintsAboutLog(log)));
        DaemonClient.Answer health = client.look("/mirrorlog/health");
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("ready", ready.status() == HTTP_OK);
        document.put("members", members.path("members").size());
        document.put("unreachable", members.path("unreachable").size());
        document.put("logs", logs.size());
        document.put("health", isAnswered(health) ? health.body().path("status").asText() : "unknown");
        complaints.forEach(document.putArray("complaints")::add);
        output.show(document, () -> text(document, complaints)
                + (isAnswered(health) ? HealthCommand.lines(health.body(), "! ", output.ink()) : ""));
        return complaints.isEmpty() && isAnswered(health) && HealthCommand.isWell(health.body()) ? Exit.OK
                : Exit.DEGRADED;
    }

    private static boolean isAnswered(DaemonClient.Answer answer) {
        return answer.status() == HTTP_OK && answer.body() != null;
    }

    private static List<String> complaintsAbout(JsonNode members) {
        List<String> complaints = new ArrayList<>();
        members.path("unreachable").forEach(member ->
                complaints.add("member " + member.path("node").asText() + " is unreachable"));
        for (JsonNode member : members.path("members")) {
            String status = member.path("status").asText();
            if (!"Up".equals(status)) {
                complaints.add("member " + member.path("node").asText() + " is " + status);
            }
        }
        return complaints;
    }

    /** Whose death is to be decided about. */
    private static List<String> complaintsAboutNodes(DaemonClient.Answer nodes) {
        if (!isAnswered(nodes)) {
            return List.of("which nodes are undecided about is not known: HTTP status " + nodes.status());
        }
        return NodesCommand.undecided(nodes.body().path("nodes"));
    }

    private static List<String> complaintsAboutLog(JsonNode log) {
        List<String> complaints = new ArrayList<>(LogsCommand.silence(log).stream().toList());
        if (!complaints.isEmpty()) {
            return complaints;
        }
        String name = "log " + LogName.of(log);
        long unsynced = log.path("regionCount").asLong() - log.path("inSync").asLong();
        if (unsynced > 0) {
            complaints.add(name + ": " + unsynced + " regions are out of sync");
        }
        String health = log.path("logDevice").path("health").asText("A");
        if (!"A".equals(health)) {
            complaints.add(name + ": the log device has failed (" + health + ")");
        }
        long lateSeconds = log.path("logDevice").path("lateSeconds").asLong(0);
        if (lateSeconds > 0) {
            complaints.add(name + ": the log device has not answered for " + lateSeconds + " s");
        }
        return complaints;
    }

    private String text(ObjectNode status, List<String> complaints) {
        Table table = new Table()
                .row("health", status.path("health").asText())
                .row("daemon", status.path("ready").asBoolean() ? "ready" : "not ready")
                .row("cluster", status.path("members").asInt() + " members, " + status.path("unreachable").asInt()
                        + " unreachable")
                .row("logs", status.path("logs").asText());
        return table + output.remarks(complaints);
    }
}
