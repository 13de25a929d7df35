package org.mirrorlog.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What Prometheus would be told now. */
@Command(name = "metrics", description = "Prints the metrics as Prometheus gets them, all or those that contain"
        + " a text.")
final class MetricsCommand implements Callable<Integer> {
    private static final int HTTP_OK = 200;

    @ParentCommand
    private MirrorlogCtl main;

    @Parameters(arity = "0..1", paramLabel = "TEXT", defaultValue = "", description = "only lines that contain it")
    private String wanted;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        DaemonClient.Answer answer = main.client().look("/metrics");
        if (answer.status() != HTTP_OK) {
            main.client().checked(answer);
        }
        answer.text().lines().filter(line -> line.contains(wanted)).forEach(spec.commandLine().getOut()::println);
        return Exit.OK;
    }
}
