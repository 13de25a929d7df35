package org.mirrorlog.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is said of a command line that cannot be understood: one line, with what is nearest. */
final class WrongWords implements IParameterExceptionHandler {
    /** Further off is no typing error. */
    private static final int MOST_ERRORS = 2;

    @Override
    public int handleParseException(ParameterException failure, String[] words) {
        CommandLine line = failure.getCommandLine();
        String command = line.getCommandSpec().qualifiedName();
        line.getErr().println(command + ": " + said(failure, line) + "; " + command + " --help explains");
        return Exit.USAGE;
    }

    private static String said(ParameterException failure, CommandLine line) {
        if (failure instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().get(0);
            boolean isCommand = !word.startsWith("-") && !line.getSubcommands().isEmpty();
            Stream<String> known = isCommand ? line.getSubcommands().keySet().stream()
                    : line.getCommandSpec().optionsMap().keySet().stream();
            String what = isCommand ? "command" : word.startsWith("-") ? "option" : "argument";
            return "unknown " + what + " '" + LogName.shown(word) + "'" + nearest(word, known.sorted().toList())
                    .filter(near -> !what.equals("argument")).map(near -> ", did you mean '" + near + "'?").orElse("");
        }
        String said = failure.getMessage().lines().findFirst().orElse("");
        return said.isEmpty() ? said : Character.toLowerCase(said.charAt(0)) + said.substring(1);
    }

    static Optional<String> nearest(String typed, List<String> known) {
        String word = typed.contains("=") ? typed.substring(0, typed.indexOf('=')) : typed;
        Optional<String> near = known.stream().min(Comparator.comparingInt(one -> distance(word, one)))
                .filter(one -> distance(word, one) <= Math.min(MOST_ERRORS, one.length() / 2));
        return near.isPresent() || word.length() < 3 ? near
                : known.stream().filter(one -> one.startsWith(word)).findFirst();
    }

    /** How many letters are to be put in, taken out, changed, or exchanged with their neighbour. */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(cost[i - 1][j - 1] + change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
