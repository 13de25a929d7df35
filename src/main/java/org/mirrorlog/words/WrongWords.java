package org.mirrorlog.words;

import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is said of a command line that cannot be understood: one line, with what is nearest. The exit status is 2. */
public final class WrongWords implements IParameterExceptionHandler {
    private static final int USAGE = 2;

    @Override
    public int handleParseException(ParameterException failure, String[] words) {
        CommandLine line = failure.getCommandLine();
        String command = line.getCommandSpec().qualifiedName();
        line.getErr().println(command + ": " + said(failure, line) + "; " + command + " --help explains");
        return USAGE;
    }

    private static String said(ParameterException failure, CommandLine line) {
        if (failure instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().get(0);
            boolean isOption = word.startsWith("-");
            boolean isCommand = !isOption && !line.getSubcommands().isEmpty();
            String what = isCommand ? "command" : isOption ? "option" : "argument";
            return "unknown " + what + " " + Typed.quoted(word) + (isCommand || isOption
                    ? Typed.question(word, known(line, isCommand).sorted().toList()) : "");
        }
        String said = failure.getMessage().lines().findFirst().orElse("");
        return said.isEmpty() ? said : Character.toLowerCase(said.charAt(0)) + said.substring(1);
    }

    private static Stream<String> known(CommandLine line, boolean isCommand) {
        return isCommand ? line.getSubcommands().entrySet().stream()
                .filter(command -> !command.getValue().getCommandSpec().usageMessage().hidden())
                .map(command -> command.getKey()) : line.getCommandSpec().optionsMap().keySet().stream();
    }
}
