package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Logs and health, live. */
@Command(name = "top", description = "Shows health and logs on the whole terminal, those first whose requests wait"
        + " longest, and looks again every other second; q ends it.")
final class TopCommand implements Callable<Integer> {
    private static final int MOST_SECONDS = 60;

    @ParentCommand
    private MirrorlogCtl main;

    @Mixin
    private LogChoice choice;

    @Option(names = "--every", paramLabel = "SECONDS", defaultValue = "2", description = "1 to 60; 2 unless said"
            + " otherwise")
    private int every;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (every < 1 || every > MOST_SECONDS) {
            throw new CommandFailedException(Exit.USAGE, "--every " + every + ": is a number from 1 to "
                    + MOST_SECONDS);
        }
        if (!main.isOnTerminal()) {
            throw new CommandFailedException(Exit.USAGE, "top needs a terminal; status and logs say it once");
        }
        DaemonClient client = main.client();
        choice.sortUnlessSaid("-waits");
        // What is wrong from the beginning is said as by any other command.
        choice.of(() -> client.get("/mirrorlog/logs"));
        try (Screen screen = Screen.open(spec.commandLine().getOut())) {
            do {
                int[] size = screen.size();
                screen.show(look(client, new TopScreen(size[0], size[1])));
            } while (!screen.isPressed('q', TimeUnit.SECONDS.toMillis(every)));
            return Exit.OK;
        } catch (IOException e) {
            throw new CommandFailedException(Exit.FAILED, "the terminal cannot be used: " + e.getMessage());
        }
    }

    private List<String> look(DaemonClient client, TopScreen screen) {
        try {
            JsonNode health = client.get("/mirrorlog/health");
            return screen.lines(health, choice.of(() -> client.get("/mirrorlog/logs")), choice.order());
        } catch (CommandFailedException e) {
            return screen.lines(JsonNodeFactory.instance.objectNode().put("status", "unknown, " + e.getMessage()),
                    JsonNodeFactory.instance.arrayNode(), choice.order());
        }
    }
}
