package org.mirrorlog.manual;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual page of a program with commands. */
final class CommandPage {
    private CommandPage() {
    }

    static Page of(CommandSpec program, String version) {
        List<String> says = Arrays.asList(program.usageMessage().description());
        Page page = new Page(program.name(), 8, version, Character.toLowerCase(says.get(0).charAt(0))
                + says.get(0).substring(1).replaceAll("\\.$", ""));
        page.section("SYNOPSIS").typed(program.name() + " COMMAND [OPTION...] [ARGUMENT...]");
        says.subList(1, says.size()).forEach(page.section("DESCRIPTION")::paragraph);
        page.paragraph("Each command has these options, and its own; COMMAND --help shows them.");
        page.section("OPTIONS");
        options(page, program, true);
        page.section("COMMANDS");
        for (CommandLine sub : program.subcommands().values()) {
            CommandSpec command = sub.getCommandSpec();
            if (!command.usageMessage().hidden()) {
                page.part(synopsis(command));
                Arrays.stream(command.usageMessage().description()).forEach(page::paragraph);
                for (PositionalParamSpec one : command.positionalParameters()) {
                    page.item(List.of(one.paramLabel()), Arrays.asList(one.description()));
                }
                options(page, command, false);
            }
        }
        page.section("EXIT STATUS");
        status(program).forEach((status, meaning) -> page.item(List.of(status), List.of(meaning)));
        page.section("ENVIRONMENT");
        for (String line : program.usageMessage().footer()) {
            String[] parts = line.strip().split(": ", 2);
            page.item(List.of(parts[0]), List.of(parts[1]));
        }
        return page.section("SEE ALSO").paragraph("mirrorlogd(8), mirrorlogd.conf(5)");
    }

    private static Map<String, String> status(CommandSpec program) {
        return new LinkedHashMap<>(program.usageMessage().exitCodeList());
    }

    private static String synopsis(CommandSpec command) {
        List<String> words = new ArrayList<>(List.of(command.name()));
        command.positionalParameters().forEach(one -> words.add(one.arity().min() == 0
                ? "[" + one.paramLabel() + "]" : one.paramLabel()));
        command.options().stream().filter(option -> !option.inherited() && !option.hidden())
                .forEach(option -> words.add("[" + typed(option.longestName(), option) + "]"));
        return String.join(" ", words);
    }

    private static void options(Page page, CommandSpec command, boolean isInheritable) {
        for (OptionSpec option : command.options()) {
            if (!option.hidden() && (isInheritable || !option.inherited())) {
                page.item(Arrays.stream(option.names()).map(name -> typed(name, option)).toList(),
                        Arrays.asList(option.description()));
            }
        }
    }

    private static String typed(String name, OptionSpec option) {
        return option.arity().max() == 0 ? name : name + (name.startsWith("--") ? "=" : " ") + option.paramLabel();
    }
}
