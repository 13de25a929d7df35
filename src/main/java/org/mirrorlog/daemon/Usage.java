package org.mirrorlog.daemon;

import java.util.ArrayList;
import java.util.List;

/** What {@code mirrorlogd} says of itself: its --help, and the source of its manual page. */
public final class Usage {
    private static final int COLUMNS = 120;
    private static final int INDENT = 21;

    public static final String NAME = "mirrorlogd";
    public static final String SUMMARY =
            "Serves the mirror logs of this machine's kernel (dm-log-userspace), in the foreground.";

    /**
     * One thing that can be asked for.
     *
     * @param synopsis how it is typed, behind the program's name
     * @param term what it is listed by
     * @param says what it does
     */
    public record Choice(String synopsis, String term, String says) { }

    public static final List<Choice> CHOICES = List.of(
            new Choice("[-f | --foreground]", "-f, --foreground",
                    "accepted for compatibility; the daemon never goes to the background by itself"),
            new Choice("check-config", "check-config",
                    "read all settings, say what is wrong with them, start nothing"),
            new Choice("check-data DIR", "check-data DIR", "look at the data directory DIR, in use or not: what is"
                    + " there, what is damaged, which logs that concerns, what to do; changes nothing"),
            new Choice("restore DIR", "restore DIR", "a data directory of these settings that was lost, and is empty,"
                    + " goes on from what mirrorlogctl backup has written into DIR: every log begins all dirty"),
            new Choice("free-cluster [--yes]", "free-cluster", "show which cluster the journal says lives; with --yes,"
                    + " let those who start now found another, for good: the members of that one end. It declares"
                    + " nobody dead"),
            new Choice("emulate [--help | OPTION...]", "emulate", "play a kernel with one mirror for a daemon that"
                    + " runs with mirrorlog.kernel.connector = unix; emulate --help lists its options"),
            new Choice("-h | --help", "-h, --help", "this text"),
            new Choice("-V | --version", "-V, --version", "which build this is"));

    public static final String SETTINGS = "Settings are given to java as -Dkey=value, or in a file named by"
            + " -Dconfig.file=FILE; application.conf, and mirrorlogd.conf(5), explain each. SIGTERM and SIGINT stop the"
            + " daemon, unless kernel tables use it (see mirrorlog.shutdown.force).";

    public static final String EXIT = "0 stopped when asked; 1 could not start; 2 bad arguments or settings; 3 stopped"
            + " by a failure; 4 removed by the cluster. Of check-data: 0 sound; 1 damaged; 2 bad arguments. Of"
            + " restore: 0 done; 1 refused, nothing was changed; 2 bad arguments or settings. Of"
            + " free-cluster: 0 done; 1 refused, or the journal cannot be asked; 2 bad arguments or settings, or no"
            + " --yes: nothing was done. Of emulate: 0 the legs are equal wherever the log says so; 1 they are not, or"
            + " it failed; 2 bad arguments.";

    private Usage() {
    }

    /** All words that a command line can begin with. */
    static List<String> words() {
        List<String> words = new ArrayList<>();
        CHOICES.forEach(choice -> words.addAll(List.of(choice.term().replace(" DIR", "").split(", "))));
        return words;
    }

    /** For a terminal. */
    public static String text() {
        StringBuilder text = new StringBuilder();
        for (Choice choice : CHOICES) {
            text.append(text.isEmpty() ? "usage: " : "       ").append(NAME).append(' ').append(choice.synopsis())
                    .append('\n');
        }
        text.append('\n').append(SUMMARY).append("\n\n");
        for (Choice choice : CHOICES) {
            text.append(String.format("  %-" + (INDENT - 2) + "s", choice.term()))
                    .append(folded(choice.says(), INDENT).strip()).append('\n');
        }
        return text.append('\n').append(folded(SETTINGS, 0)).append("\n\n").append(folded("Exit status: " + EXIT, 0))
                .append('\n').toString();
    }

    private static String folded(String text, int indent) {
        List<String> lines = new ArrayList<>(List.of(" ".repeat(indent)));
        for (String word : text.split(" ")) {
            String last = lines.get(lines.size() - 1);
            if (last.length() + 1 + word.length() > COLUMNS) {
                lines.add(" ".repeat(indent) + word);
            } else {
                lines.set(lines.size() - 1, last.isBlank() ? last + word : last + " " + word);
            }
        }
        return String.join("\n", lines);
    }
}
