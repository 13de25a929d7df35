package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Gives the logs of a node away before it is stopped. */
@Command(name = "drain", description = {"Gives away the logs that the daemon owns, each to another node that uses it,"
        + " so that those do not wait when this one is stopped or started anew. Mirrors at work go on.",
    "The node takes no log that another one could serve, until --undo or its next start. It waits until what can go is"
        + " gone; exit status 1 if something is still on its way then."})
final class DrainCommand implements Callable<Integer> {
    private static final String PATH = "/mirrorlog/drain";
    private static final int LOOKS_A_SECOND = 4;
    private static final int MOST_SECONDS = 600;

    @ParentCommand
    private MirrorlogCtl main;

    @Option(names = "--undo", description = "ends it: the node takes logs again; those that are gone stay where they"
            + " are")
    private boolean isUndone;

    @Option(names = "--wait", paramLabel = "SECONDS", defaultValue = "30",
            description = "how long to wait until all that can go is gone; 30 unless said otherwise, 600 at most")
    private int seconds;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (seconds < 0 || seconds > MOST_SECONDS) {
            throw new CommandFailedException(Exit.USAGE, "--wait " + seconds + ": is to be 0 to " + MOST_SECONDS);
        }
        DaemonClient client = main.client();
        PrintWriter out = spec.commandLine().getOut();
        JsonNode state = client.post(PATH, Map.of("undo", isUndone));
        String node = LogName.shown(state.path("node").asText());
        if (isUndone) {
            out.println("node " + node + " takes logs again");
            return Exit.OK;
        }
        out.println("node " + node + " takes no logs until mirrorlogctl drain --undo, or its next start");
        for (int look = 0; isMoving(state) && look < seconds * LOOKS_A_SECOND; look++) {
            LockSupport.parkNanos(this, TimeUnit.SECONDS.toNanos(1) / LOOKS_A_SECOND);
            state = client.get(PATH);
        }
        state.path("logs").forEach(log -> out.println("log " + LogName.of(log) + " "
                + (log.path("isMoving").asBoolean() ? "is still here: " : "stays: ") + log.path("why").asText()));
        if (isMoving(state)) {
            throw new CommandFailedException(Exit.FAILED, state.path("moving").asInt() + " logs are still on their"
                    + " way; say it again to wait on");
        }
        out.println(state.path("staying").asInt() == 0 ? "no log is left here"
                : state.path("staying").asInt() + " stay; those that other nodes can serve are gone");
        return Exit.OK;
    }

    private static boolean isMoving(JsonNode state) {
        return state.path("moving").asInt() > 0;
    }
}
