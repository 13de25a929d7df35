package org.mirrorlog.emulator;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** Words of a command line: options before {@code --}, the daemon's command after it. */
final class CommandLine {
    /** Bad arguments; the message says which, and what is allowed. */
    static final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    private final Deque<String> words;
    private final List<String> command;

    CommandLine(String... args) {
        List<String> all = Arrays.asList(args);
        int end = all.indexOf("--");
        words = new ArrayDeque<>(end < 0 ? all : all.subList(0, end));
        command = end < 0 ? List.of() : List.copyOf(all.subList(end + 1, all.size()));
    }

    /** The words after {@code --}; empty if there are none. */
    List<String> command() {
        return command;
    }

    /** The next option, or null. */
    String next() {
        return words.poll();
    }

    /** The value of an option. */
    String value(String option) throws UsageException {
        String value = words.poll();
        if (value == null) {
            throw new UsageException(option + " needs a value");
        }
        return value;
    }

    /** A number from one to another, both allowed. */
    int number(String option, int from, int to) throws UsageException {
        String value = value(option);
        try {
            int number = Integer.parseInt(value);
            if (number >= from && number <= to) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new UsageException(option + " " + value + ": not a number (" + from + " to " + to + ")");
        }
        throw new UsageException(option + " " + value + ": allowed are " + from + " to " + to);
    }
}
