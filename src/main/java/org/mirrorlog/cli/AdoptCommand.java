package org.mirrorlog.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes a log over whose memory is foreign or lost. */
@Command(name = "adopt", description =
        {"Takes a log over in spite of a foreign name on its log device, or of a journal that"
        + " knows nothing of it. Every region is then dirty and resynced. Make sure that no other daemon serves it.",
    "Without --yes it only shows what would be done."})
final class AdoptCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "UUID", description = "the log's name, as in the table line")
    private String uuid;

    @Option(names = "--yes", description = "do it")
    private boolean isMeant;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (!isMeant) {
            throw new CommandFailedException(Exit.USAGE,
                    "log " + uuid + " would be taken over, every region dirty; make sure"
                    + " that nobody else serves it, then add --yes");
        }
        main.client().post("/mirrorlog/logs/" + DaemonClient.segment(uuid) + "/adopt", Map.of());
        spec.commandLine().getOut().println("log " + uuid + " is adopted; held requests go on within seconds");
        spec.commandLine().getOut().flush();
        return Exit.OK;
    }
}
