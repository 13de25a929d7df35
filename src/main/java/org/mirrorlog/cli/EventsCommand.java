package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** What has happened, and what happens. */
@Command(name = "events", description = "Lists what has happened to logs, nodes and devices, and what operators did,"
        + " since the daemon's start; oldest first.")
final class EventsCommand implements Callable<Integer> {
    private static final int MOST = 1_000;

    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private Output output;

    @Option(names = "--follow", description = "go on with what happens, until it is interrupted or no daemon answers"
            + " for a minute; with --output=json a line for each event, with yaml a document")
    private boolean isFollowing;

    @Option(names = "--after", paramLabel = "ID", description = "only what has happened after the event with this id")
    private Long after;

    @Option(names = "--last", paramLabel = "N", defaultValue = "" + MOST,
            description = "only the newest N events, " + MOST + " at most")
    private int last;

    @Override
    public Integer call() {
        if (last < 0 || last > MOST || after != null && after < 0) {
            throw new CommandFailedException(Exit.USAGE, "--last is a number from 0 to " + MOST
                    + ", --after the id of an event");
        }
        String path = "/mirrorlog/events?" + (after == null ? "last=" + last : "after=" + after);
        if (isFollowing) {
            new EventStream(main.client(), path).follow(event -> output.showOne(event, () -> line(event)));
            return Exit.OK;
        }
        JsonNode events = main.client().get(path);
        output.show(events, () -> text(events));
        return Exit.OK;
    }

    private static String text(JsonNode events) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(line(event)).append(System.lineSeparator()));
        return text.toString();
    }

    private static String line(JsonNode event) {
        String code = event.path("code").asText();
        return String.format("%-24s  %-7s  %-16s  %s: %s", event.path("at").asText(), event.path("severity").asText(),
                event.path("kind").asText(), LogName.shown(event.path("subject").asText()),
                (code.isEmpty() ? "" : code + ": ") + LogName.shown(event.path("says").asText()));
    }
}
