package org.mirrorlog.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a shell needs to complete command lines. */
@Command(name = "completion", description = {"Prints what a shell needs to complete command lines of mirrorlogctl, with"
        + " the names of logs and nodes as the daemon knows them; where none answers within a second, without.",
    "bash: put  source <(mirrorlogctl completion bash)  into ~/.bashrc, or the text into"
        + " /usr/share/bash-completion/completions/mirrorlogctl. zsh: _mirrorlogctl in a directory of fpath. fish:"
        + " ~/.config/fish/completions/mirrorlogctl.fish."})
final class CompletionCommand implements Callable<Integer> {
    /** The shells. */
    enum Shell { bash, zsh, fish }

    @Parameters(paramLabel = "bash|zsh|fish", description = "which shell")
    private Shell shell;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(text(shell, spec.root()));
        spec.commandLine().getOut().flush();
        return Exit.OK;
    }

    static String text(Shell shell, CommandSpec program) {
        Words words = new Words(program);
        return switch (shell) {
            case bash -> Completion.bash(words);
            case zsh -> Completion.zsh(words);
            case fish -> Completion.fish(words);
        };
    }
}
