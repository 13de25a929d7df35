package org.mirrorlog;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How a source file looks, whoever wrote it: imports used, each once and in order; no blanks at the ends of lines. */
final class SourceFormat {
    private static final String IMPORT = "import ";
    private static final String TEXT_BLOCK = "\"\"\"";

    private SourceFormat() {
    }

    /** What is not as it should be, for people. */
    static List<String> oddities(String source) {
        List<String> odd = new ArrayList<>();
        if (!source.endsWith("\n") || source.endsWith("\n\n")) {
            odd.add("ends otherwise than with one line feed");
        }
        boolean isText = false;
        int number = 0;
        for (String line : source.split("\n", -1)) {
            number++;
            if (!isText && (!line.equals(line.stripTrailing()) || line.contains("\t"))) {
                odd.add("line " + number + " has a tab, or blanks at its end");
            }
            isText ^= line.split(TEXT_BLOCK, -1).length % 2 == 0;
        }
        List<String> imports = source.lines().filter(line -> line.startsWith(IMPORT)).map(SourceFormat::named).toList();
        Comparator<String> staticFirst = Comparator.comparing(name -> !name.startsWith("static "));
        if (!imports.equals(imports.stream().distinct().sorted(staticFirst.thenComparing(name -> name)).toList())) {
            odd.add("imports are to be in the order of their names, the static ones first, each once");
        }
        String body = source.lines().filter(line -> !line.startsWith(IMPORT)).collect(Collectors.joining("\n"));
        for (String name : imports) {
            String simple = name.substring(name.lastIndexOf('.') + 1);
            if (!Pattern.compile("(?<![\\w$])" + Pattern.quote(simple) + "(?![\\w$])").matcher(body).find()) {
                odd.add("the import of " + name + " is not used");
            }
        }
        return odd;
    }

    private static String named(String line) {
        return line.substring(IMPORT.length(), line.length() - 1);
    }
}
