package org.mirrorlog;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Names that a kernel may give to a log: 1 to 128 bytes, any value but NUL. Each byte is one character here. */
public final class OddNames {
    private static final int MOST_BYTES = 128;

    private OddNames() {
    }

    /** Every byte value, in names of the greatest length, and what looks like something else to one part or another. */
    public static List<String> all() {
        List<String> names = new ArrayList<>(List.of("|", "a|b", "mirrorlog|a", ".", "..", "/", "../../x", "$a", "%",
                "%2F", "~", "*", " ", " a b ", "a\nb", "a\tb", "\\x41", "\"'`{}[],", "no-log-warm-up", "\u00e9",
                "\u00c3\u00a9", "null", "\u00ff".repeat(MOST_BYTES), "|".repeat(MOST_BYTES), "-".repeat(MOST_BYTES)));
        for (int first = 1; first < 256; first += MOST_BYTES) {
            StringBuilder name = new StringBuilder();
            for (int value = first; value < Math.min(first + MOST_BYTES, 256); value++) {
                name.append((char) value);
            }
            names.add(name.toString());
        }
        return names;
    }

    /** As one part of a URL's path: UTF-8 of the characters, all of it with percent signs; dots alone stand apart. */
    public static String encoded(String name) {
        if (name.matches("\\.{1,2}")) {
            return name.equals(".") ? "%E2%80%A4" : "%E2%80%A5";
        }
        StringBuilder encoded = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            encoded.append(String.format("%%%02X", b));
        }
        return encoded.toString();
    }
}
