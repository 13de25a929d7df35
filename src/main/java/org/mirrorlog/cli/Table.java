package org.mirrorlog.cli;

import java.util.ArrayList;
import java.util.List;

/** Columns, aligned, for people; numbers to the right. */
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        rows.add(row);
        return this;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                int column = i;
                int width = rows.stream().filter(r -> r.size() > column).mapToInt(r -> r.get(column).length())
                        .max().orElse(0);
                boolean isNumber = row.get(i).matches("[0-9.]+%?");
                line.append(String.format(isNumber ? "%" + width + "s" : "%-" + width + "s", row.get(i))).append("  ");
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }
}
