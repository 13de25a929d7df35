package org.mirrorlog.daemon;

import java.util.List;
import org.mirrorlog.words.Typed;

/**
 * The command line, which keeps the predecessor's flags.
 *
 * @param action what to do
 * @param complaint why the arguments cannot be used; null unless action is REFUSE
 * @param directory which directory to check; from which to restore; null unless action is CHECK_DATA or RESTORE
 * @param isMeant whether it is to be done, not only shown
 */
public record Arguments(Action action, String complaint, String directory, boolean isMeant) {
    /** What a command line asks for. */
    public enum Action { SERVE, CHECK_CONFIG, CHECK_DATA, RESTORE, FREE_CLUSTER, HELP, VERSION, REFUSE }

    public static Arguments parse(List<String> words) {
        Action action = Action.SERVE;
        if (words.contains("check-data") || words.contains("restore")) {
            return ofDirectory(words);
        }
        if (words.contains("free-cluster")) {
            return ofFreeCluster(words);
        }
        for (String word : words) {
            switch (word) {
                case "-h", "--help" -> {
                    return new Arguments(Action.HELP, null, null, false);
                }
                case "-V", "--version" -> {
                    return new Arguments(Action.VERSION, null, null, false);
                }
                case "-f", "--foreground" -> { }
                case "check-config" -> action = Action.CHECK_CONFIG;
                default -> {
                    return refuse(word);
                }
            }
        }
        return new Arguments(action, null, null, false);
    }

    private static Arguments ofDirectory(List<String> words) {
        String word = words.contains("check-data") ? "check-data" : "restore";
        Action action = word.equals("restore") ? Action.RESTORE : Action.CHECK_DATA;
        return words.size() == 2 && words.get(0).equals(word) ? new Arguments(action, null, words.get(1), false)
                : new Arguments(Action.REFUSE, word + " wants one directory, and nothing else", null, false);
    }

    private static Arguments ofFreeCluster(List<String> words) {
        boolean isMeant = words.equals(List.of("free-cluster", "--yes"));
        return isMeant || words.equals(List.of("free-cluster"))
                ? new Arguments(Action.FREE_CLUSTER, null, null, isMeant)
                : new Arguments(Action.REFUSE, "free-cluster knows --yes, and nothing else", null, false);
    }

    private static Arguments refuse(String word) {
        String hint = word.startsWith("-D") ? ": settings go to java, before -jar"
                : Typed.question(word, Usage.words());
        return new Arguments(Action.REFUSE, "unknown argument " + Typed.quoted(word) + hint, null, false);
    }
}
