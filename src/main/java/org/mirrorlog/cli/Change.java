package org.mirrorlog.cli;

import java.util.List;
import java.util.function.Consumer;
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

    /** Which log is meant: one by its name, or those that an option stands for. */
    static boolean isOne(String uuid, boolean isSet, String option) {
        if ((uuid == null) != isSet) {
            throw new CommandFailedException(Exit.USAGE, isSet ? "one log, or " + option + ": not both"
                    : LogName.QUESTION + "; or " + option);
        }
        return !isSet;
    }

    /**
     * Asks for the same of several logs, one after the other, and says of each how that ended.
     *
     * @param order at a log of this name
     * @return the exit status: well only if it was done to all of them
     */
    int each(List<String> names, String isDone, Consumer<String> order) {
        int failed = 0;
        for (String name : names) {
            try {
                order.accept(name);
                show("log " + LogName.shown(name) + " is " + isDone);
            } catch (CommandFailedException e) {
                if (e.status() == Exit.NOT_REACHABLE) {
                    throw e;
                }
                failed++;
                spec.commandLine().getErr().println("mirrorlogctl: log " + LogName.shown(name) + " is not " + isDone
                        + ": " + e.getMessage());
            }
        }
        if (names.isEmpty()) {
            return Exit.OK;
        }
        show(names.size() - failed + " of " + names.size() + " are " + isDone);
        return failed == 0 ? Exit.OK : Exit.FAILED;
    }

    /** Nothing was asked of the daemon that changes anything. */
    static CommandFailedException notDone(String advice) {
        return new CommandFailedException(Exit.USAGE, "nothing was done: " + advice);
    }
}
