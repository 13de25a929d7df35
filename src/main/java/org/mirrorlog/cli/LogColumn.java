package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What logs can be sorted and chosen by. */
enum LogColumn {
    NAME(false, LogName::of),
    TYPE(false, log -> text(log.path("type"))),
    OWNER(false, log -> text(log.path("owner"))),
    HEALTH(false, log -> text(log.path("logDevice").path("health"))),
    REGIONS(true, log -> number(log.path("regionCount"))),
    /** In percent, not rounded. */
    IN_SYNC(true, log -> log.path("inSync").isNumber() && log.path("regionCount").asLong() > 0
            ? (Comparable<?>) (100.0 * log.path("inSync").asLong() / log.path("regionCount").asLong()) : null),
    DIRTY(true, log -> number(log.path("dirty"))),
    TABLES(true, log -> (double) log.path("instances").size()),
    /** For so many seconds the oldest request of this machine has had no reply. */
    WAITS(true, LogCommand::waits);

    private final boolean isNumber;
    private final Function<JsonNode, Comparable<?>> value;

    LogColumn(boolean isNumber, Function<JsonNode, Comparable<?>> value) {
        this.isNumber = isNumber;
        this.value = value;
    }

    /** As it is typed. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static LogColumn of(String word) {
        return Arrays.stream(values()).filter(column -> column.word().equals(word)).findFirst()
                .orElseThrow(() -> new CommandFailedException(Exit.USAGE, "no column '" + word + "'; there are "
                        + all()));
    }

    static String all() {
        return Arrays.stream(values()).map(LogColumn::word).collect(Collectors.joining(", "));
    }

    boolean isNumber() {
        return isNumber;
    }

    /** A Double in columns of numbers, else a String; empty: not known, or there is none. */
    @SuppressWarnings("unchecked")
    Optional<Comparable<Object>> of(JsonNode log) {
        return Optional.ofNullable((Comparable<Object>) value.apply(log));
    }

    private static String text(JsonNode value) {
        return value.isTextual() ? LogName.shown(value.asText()) : null;
    }

    private static Double number(JsonNode value) {
        return value.isNumber() ? value.asDouble() : null;
    }

    /** For completion. */
    static final class Words implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(values()).map(LogColumn::word).iterator();
        }
    }
}
