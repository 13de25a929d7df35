package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** How much a room says, for a while. */
@Command(name = "loglevel", description = {"Has one room of the daemon say more or less, for a while; then it is as"
        + " usual again by itself, also after a new start of the daemon.",
    "Rooms are the parts of the program, such as owner, kernel, journal or cluster; all stands for all of them."})
final class LogLevelCommand implements Callable<Integer> {
    private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,4})(s|m|h)");
    private static final Map<String, Integer> SECONDS = Map.of("s", 1, "m", 60, "h", 3_600);

    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(index = "0", paramLabel = "ROOM", completionCandidates = Rooms.class, description = "which one, or all")
    private String room;

    @Parameters(index = "1", paramLabel = "LEVEL", completionCandidates = Levels.class,
            description = "ERROR, WARN, INFO, DEBUG or TRACE; or usual, which ends it")
    private String level;

    @Option(names = "--for", paramLabel = "TIME", defaultValue = "10m",
            description = "for how long: 30s, 10m (unless said otherwise) or 2h; 24h at most")
    private String time;

    @Spec
    private CommandSpec spec;

    /** For completion; the daemon knows which there are. */
    static final class Rooms implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of("all", "cluster", "daemon", "device", "fencing", "instance", "journal", "kernel", "log",
                    "management", "membership", "operations", "owner").iterator();
        }
    }

    /** For completion. */
    static final class Levels implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE", "usual").iterator();
        }
    }

    @Override
    public Integer call() {
        Matcher parts = TIME.matcher(time);
        if (!parts.matches()) {
            throw new CommandFailedException(Exit.USAGE, "--for " + LogName.shown(time) + ": is to be like 30s, 10m or"
                    + " 2h");
        }
        JsonNode answer = main.client().post("/mirrorlog/loglevel", Map.of("room", room, "level", level,
                "seconds", Integer.parseInt(parts.group(1)) * SECONDS.get(parts.group(2))));
        String until = answer.path("until").asText();
        spec.commandLine().getOut().println("log level of " + LogName.shown(room) + ": " + LogName.shown(level)
                + (until.equals("now") ? "" : ", until " + until));
        return Exit.OK;
    }
}
