package org.mirrorlog.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** All words that a command line of mirrorlogctl can consist of, from the commands themselves. */
final class Words {
    /** Of what is typed for this parameter. */
    enum Kind { LOGS, NODES, FILES, LISTED, ANYTHING }

    /**
     * An option.
     *
     * @param name its longest
     */
    record Option(String name, boolean hasValue, Kind kind, List<String> values, String says) {
        String typed() {
            return hasValue ? name + "=" : name;
        }
    }

    /** What follows a command, by its place. */
    record Place(Kind kind, List<String> values) { }

    /** A command. */
    record Verb(String name, String says, List<Option> options, List<Place> places) { }

    private final List<Option> common;
    private final Map<String, Verb> verbs = new LinkedHashMap<>();

    Words(CommandSpec program) {
        common = options(program, false);
        for (CommandLine sub : program.subcommands().values()) {
            CommandSpec command = sub.getCommandSpec();
            if (!command.usageMessage().hidden()) {
                List<Place> places = new ArrayList<>();
                command.positionalParameters().stream()
                        .sorted(Comparator.comparing(PositionalParamSpec::index))
                        .forEach(one -> places.add(new Place(kind(one), values(one))));
                verbs.put(command.name(), new Verb(command.name(), says(command.usageMessage().description()),
                        options(command, true), places));
            }
        }
    }

    /** Options before and behind each command. */
    List<Option> common() {
        return common;
    }

    List<Verb> verbs() {
        return List.copyOf(verbs.values());
    }

    private static List<Option> options(CommandSpec command, boolean isOwn) {
        List<Option> options = new ArrayList<>();
        for (OptionSpec option : command.options()) {
            if (!option.hidden() && !(isOwn && option.inherited())) {
                options.add(new Option(option.longestName(), option.arity().max() > 0, kind(option), values(option),
                        says(option.description())));
            }
        }
        return options;
    }

    private static List<String> values(ArgSpec arg) {
        Iterable<String> candidates = arg.completionCandidates();
        return candidates == null ? List.of() : StreamSupport.stream(candidates.spliterator(), false).toList();
    }

    private static Kind kind(ArgSpec arg) {
        return switch (arg.paramLabel()) {
            case "UUID" -> Kind.LOGS;
            case "NODE" -> Kind.NODES;
            case "FILE", "PATH", "DIR" -> Kind.FILES;
            default -> values(arg).isEmpty() ? Kind.ANYTHING : Kind.LISTED;
        };
    }

    /** The first sentence, as a list has it. */
    private static String says(String[] description) {
        String all = description.length == 0 ? "" : description[0];
        String first = all.split("(?<=[a-z)])[.;:] |; ")[0];
        return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    }
}
