package org.mirrorlog.manual;

import java.util.Locale;

/** A manual page while it is written, in the macros that man(7) describes. */
final class Page {
    private static final int FIRST_BEYOND_ASCII = 0x80;

    private final StringBuilder text = new StringBuilder();

    /**
     * @param section 5 for files, 8 for programs of administrators
     * @param version of the program
     */
    Page(String name, int section, String version, String title) {
        text.append(".\\\" Made from the program itself; changes here are lost.\n");
        text.append(".TH ").append(argument(name.toUpperCase(Locale.ROOT))).append(' ').append(section)
                .append(" \"\" ").append(argument("mirrorlogd " + version)).append(" \"System Administration\"\n");
        // No hyphens but those that are typed.
        text.append(".nh\n.ad l\n");
        section("NAME");
        paragraph(name + " \u0001 " + title);
    }

    Page section(String name) {
        text.append(".SH ").append(argument(name)).append('\n');
        return this;
    }

    Page part(String name) {
        text.append(".SS ").append(argument(name)).append('\n');
        return this;
    }

    private boolean isBehindHeading() {
        return text.substring(text.lastIndexOf("\n", text.length() - 2) + 1).startsWith(".S");
    }

    /** Joined to the one before by an empty line. */
    Page paragraph(String words) {
        text.append(isBehindHeading() ? "" : ".PP\n").append(line(words));
        return this;
    }

    /** Terms, and what is said of all of them together, in paragraphs. */
    Page item(Iterable<String> terms, Iterable<String> says) {
        String macro = ".TP\n";
        for (String term : terms) {
            text.append(macro).append(".B ").append(argument(term)).append('\n');
            macro = ".TQ\n";
        }
        String before = "";
        boolean isEmpty = true;
        for (String one : says) {
            text.append(before).append(line(one));
            before = ".IP\n";
            isEmpty = false;
        }
        if (isEmpty) {
            text.append("\\&\n");
        }
        return this;
    }

    /** A line by itself, as it is typed. */
    Page typed(String line) {
        text.append(isBehindHeading() ? ".B " : ".br\n.B ").append(argument(line)).append('\n');
        return this;
    }

    private static String argument(String words) {
        return '"' + escaped(words).replace("\"", "\\(dq") + '"';
    }

    /** Of text: a dot or a quotation mark at its beginning is none of a macro. */
    private static String line(String words) {
        String escaped = escaped(words.strip());
        return (escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" : "") + escaped + '\n';
    }

    private static String escaped(String words) {
        StringBuilder escaped = new StringBuilder();
        words.codePoints().forEach(c -> {
            switch (c) {
                case 1 -> escaped.append("\\-");
                case '\\' -> escaped.append("\\e");
                case '-' -> escaped.append("\\-");
                case '\n' -> escaped.append(' ');
                case '`' -> escaped.append("\\(ga");
                case '^' -> escaped.append("\\(ha");
                case '~' -> escaped.append("\\(ti");
                default -> escaped.append(c < FIRST_BEYOND_ASCII ? String.valueOf((char) c)
                        : String.format("\\[u%04X]", c));
            }
        });
        return escaped.toString();
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
