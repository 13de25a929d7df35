package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
        DaemonClient.Answer nodes = client.look("/mirrorlog/nodes");
        complaints.addAll(complaintsAboutNodes(nodes));
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
        DaemonClient.Answer drain = client.look("/mirrorlog/drain");
        document.put("isDrained", isAnswered(drain) && drain.body().path("isDrained").asBoolean());
        JsonNode known = isAnswered(nodes) ? nodes.body().path("nodes") : JsonNodeFactory.instance.arrayNode();
        more(document, known, logs);
        StatusText shown = new StatusText(main.isOnTerminal());
        output.show(document, () -> text(document) + shown.nodes(known) + shown.logs(logs)
                + (complaints.isEmpty() ? "" : System.lineSeparator()) + output.remarks(complaints)
                + (isAnswered(health) ? HealthCommand.lines(health.body(), "! ", output.ink()) : ""));
        return complaints.isEmpty() && isAnswered(health) && HealthCommand.isWell(health.body()) ? Exit.OK
                : Exit.DEGRADED;
    }

    /** What one screen has of nodes, resyncs and requests. */
    private static void more(ObjectNode document, JsonNode nodes, JsonNode logs) {
        double waits = 0;
        ArrayNode resyncs = JsonNodeFactory.instance.arrayNode();
        for (JsonNode log : logs) {
            waits = Math.max(waits, LogCommand.waits(log));
            if (log.path("inSync").isNumber() && log.path("inSync").asLong() < log.path("regionCount").asLong()) {
                ObjectNode one = resyncs.addObject().put("uuid", log.path("uuid").asText()).put("inSyncPercent",
                        100 * log.path("inSync").asLong() / log.path("regionCount").asLong());
                List.of("bytesPerSecond", "secondsLeft").forEach(name -> one.set(name,
                        log.path("resync").hasNonNull(name) ? log.path("resync").get(name)
                                : JsonNodeFactory.instance.nullNode()));
            }
        }
        document.put("oldestRequestSeconds", (long) waits);
        ArrayNode list = document.putArray("nodes");
        nodes.forEach(node -> list.addObject().put("node", node.path("node").asText())
                .put("state", node.path("state").asText()).put("version", node.path("version").asText(null)));
        document.set("resyncs", resyncs);
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

    private static String text(ObjectNode status) {
        Table table = new Table()
                .row("health", status.path("health").asText())
                .row("daemon", (status.path("ready").asBoolean() ? "ready" : "not ready")
                        + (status.path("isDrained").asBoolean() ? ", drained: it takes no logs" : ""))
                .row("cluster", status.path("members").asInt() + " members, " + status.path("unreachable").asInt()
                        + " unreachable")
                .row("logs", status.path("logs").asText() + " used here")
                .row("oldest request", status.path("oldestRequestSeconds").asLong() + " s");
        return table.toString();
    }
}
