package org.mirrorlog.words;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A word of a command line that is not known. */
public final class Typed {
    /** Further off is no typing error. */
    private static final int MOST_ERRORS = 2;

    private Typed() {
    }

    /** The word for people: in quotes, on one line, whatever it contains. */
    public static String quoted(String word) {
        StringBuilder shown = new StringBuilder("'");
        word.chars().forEach(c -> shown.append(c >= ' ' && c < 0x7f ? String.valueOf((char) c)
                : String.format("\\x%02x", c)));
        return shown.append('\'').toString();
    }

    /** A question behind what is said of the word: which of the known ones was meant; empty if none is near. */
    public static String question(String word, List<String> known) {
        return nearest(word, known).map(near -> ", did you mean '" + near + "'?").orElse("");
    }

    /** The known word that it differs from by an error of typing or two, or that it begins. */
    public static Optional<String> nearest(String typed, List<String> known) {
        String word = typed.contains("=") ? typed.substring(0, typed.indexOf('=')) : typed;
        Optional<String> near = known.stream().min(Comparator.comparingInt(one -> distance(word, one)))
                .filter(one -> distance(word, one) <= Math.min(MOST_ERRORS, one.length() / 2));
        return near.isPresent() || word.length() < 3 ? near
                : known.stream().filter(one -> one.startsWith(word)).findFirst();
    }

    /** How many letters are to be put in, taken out, changed, or exchanged with their neighbour. */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(cost[i - 1][j - 1] + change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
