package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Which logs are shown, and in what order. */
final class LogChoice {
    private static final Pattern FILTER = Pattern.compile("([a-z-]+)(!=|<=|>=|=|<|>)(.*)");

    @Option(names = "--sort", paramLabel = "[-]COLUMN", completionCandidates = LogColumn.Words.class,
            description = "by name, type, owner, health, regions, in-sync, dirty, tables or waits; with a - before"
                    + " it the largest first; what is not known comes last")
    private String sort;

    @Option(names = "--filter", paramLabel = "COLUMN=VALUE",
            description = "only these logs; can be given several times, then all have to be true. = and != compare a"
                    + " text (* stands for any characters) or a number, < <= > >= a number: 'in-sync<100',"
                    + " 'owner=node1', 'waits>5'. What is not known is true of != alone")
    private List<String> filters = new ArrayList<>();

    /** How they are sorted where nothing else was said. */
    void sortUnlessSaid(String usual) {
        sort = sort == null ? usual : sort;
    }

    /** How they are sorted, for people. */
    String order() {
        return sort;
    }

    /** Those of an array that are meant; it is asked for only if the choice makes sense. */
    JsonNode of(Supplier<JsonNode> logs) {
        List<Predicate<JsonNode>> conditions = filters.stream().map(LogChoice::condition).toList();
        boolean isDown = sort != null && sort.startsWith("-");
        Optional<LogColumn> by = Optional.ofNullable(sort).map(word -> LogColumn.of(word.substring(isDown ? 1 : 0)));
        List<JsonNode> chosen = new ArrayList<>();
        logs.get().forEach(chosen::add);
        conditions.forEach(condition -> chosen.removeIf(condition.negate()));
        by.ifPresent(column -> chosen.sort(order(column, isDown)));
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        chosen.forEach(array::add);
        return array;
    }

    /** Those alike by name. */
    static Comparator<JsonNode> order(LogColumn column, boolean isDown) {
        Comparator<Comparable<Object>> up = Comparator.naturalOrder();
        Comparator<Optional<Comparable<Object>>> known = Comparator.comparing(Optional::isEmpty);
        return Comparator.<JsonNode, Optional<Comparable<Object>>>comparing(column::of,
                known.thenComparing(value -> value.orElse(null),
                        Comparator.nullsLast(isDown ? up.reversed() : up))).thenComparing(LogName::of);
    }

    private static Predicate<JsonNode> condition(String filter) {
        Matcher parts = FILTER.matcher(filter);
        if (!parts.matches()) {
            throw new CommandFailedException(Exit.USAGE, "--filter " + filter + ": is to be like owner=node1 or"
                    + " in-sync<100; columns are " + LogColumn.all());
        }
        LogColumn column = LogColumn.of(parts.group(1));
        String how = parts.group(2);
        Predicate<Object> isTrue = column.isNumber() ? ofNumber(how, parts.group(3), filter)
                : ofText(how, parts.group(3), filter);
        return log -> column.of(log).map(isTrue::test).orElse(how.equals("!="));
    }

    private static Predicate<Object> ofNumber(String how, String typed, String filter) {
        double bound;
        try {
            bound = Double.parseDouble(typed);
        } catch (NumberFormatException e) {
            throw new CommandFailedException(Exit.USAGE, "--filter " + filter + ": '" + typed + "' is no number");
        }
        return value -> {
            int order = Double.compare((Double) value, bound);
            return switch (how) {
                case "=" -> order == 0;
                case "!=" -> order != 0;
                case "<" -> order < 0;
                case "<=" -> order <= 0;
                case ">" -> order > 0;
                default -> order >= 0;
            };
        };
    }

    private static Predicate<Object> ofText(String how, String typed, String filter) {
        if (!how.equals("=") && !how.equals("!=")) {
            throw new CommandFailedException(Exit.USAGE, "--filter " + filter
                    + ": texts are compared by = and != only");
        }
        String anything = ".*";
        Pattern pattern = Pattern.compile(List.of(typed.split("\\*", -1)).stream().map(Pattern::quote)
                .collect(Collectors.joining(anything)));
        return value -> pattern.matcher((String) value).matches() == how.equals("=");
    }
}
