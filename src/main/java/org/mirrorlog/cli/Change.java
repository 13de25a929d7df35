package org.mirrorlog.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands that change something have in common: they look, show what they would do, and do it if meant. */
final class Change {
    @Option(names = "--yes", description = "do it")
    private boolean isMeant;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Something without a name is not asked about. */
    static String named(String name, String question) {
        if (name.isBlank()) {
            throw new CommandFailedException(Exit.USAGE, question);
        }
        return name;
    }

    /** A line about what there is, and what becomes of it. */
    void show(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }

    /** In the words of what is done, or would be. */
    String would(String doIt, String wouldDoIt) {
        return isMeant ? doIt : wouldDoIt;
    }

    /** Goes no further unless it is meant. */
    void ifMeant(String advice) {
        if (!isMeant) {
            throw notDone(advice + "add --yes");
        }
    }

    /** Nothing was asked of the daemon that changes anything. */
    static CommandFailedException notDone(String advice) {
        return new CommandFailedException(Exit.USAGE, "nothing was done: " + advice);
    }
}
