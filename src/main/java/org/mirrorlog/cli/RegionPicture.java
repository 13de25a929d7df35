package org.mirrorlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/** The regions of a log as text: a letter for each cell, which is that of the worst of its regions. */
final class RegionPicture {
    /** So many are asked for. */
    static final int CELLS = 1024;
    private static final int WIDTH = 64;
    /** From worst to best. */
    private static final List<State> STATES = List.of(
            new State("unsynced", '#', "out of sync: the legs may differ"),
            new State("shared", 'M', "held by several tables"),
            new State("held", 'm', "held by one table: it may write"),
            new State("left", '+', "in sync, and not clean yet: copied just now, or left by a table that is gone"),
            new State("clean", '.', "clean"));
    private static final char RECOVERING = '>';

    private record State(String name, char letter, String says) { }

    private RegionPicture() {
    }

    static String of(JsonNode map) {
        int cells = map.path("starts").size();
        StringBuilder text = new StringBuilder();
        for (int begin = 0; begin < cells; begin += WIDTH) {
            text.append(String.format("%12d  ", map.at("/starts/" + begin).asLong()));
            IntStream.range(begin, Math.min(cells, begin + WIDTH)).forEach(cell -> text.append(letter(map, cell)));
            text.append(System.lineSeparator());
        }
        Table table = new Table().row("", "REGIONS", "");
        STATES.forEach(state -> table.row(state.letter(), sum(map.path(state.name())), state.says()));
        if (!map.path("recovering").isNull()) {
            table.row(RECOVERING, 1, "region " + map.path("recovering").asText() + " is being copied");
        }
        return text + table.toString();
    }

    private static char letter(JsonNode map, int cell) {
        long begin = map.at("/starts/" + cell).asLong();
        long end = cell + 1 < map.path("starts").size() ? map.at("/starts/" + (cell + 1)).asLong()
                : map.path("to").asLong();
        long recovering = map.path("recovering").asLong(-1);
        if (recovering >= begin && recovering < end) {
            return RECOVERING;
        }
        return STATES.stream().filter(state -> map.path(state.name()).path(cell).asLong() > 0).findFirst()
                .map(State::letter).orElse('?');
    }

    private static long sum(JsonNode counts) {
        return StreamSupport.stream(counts.spliterator(), false).mapToLong(JsonNode::asLong).sum();
    }
}
