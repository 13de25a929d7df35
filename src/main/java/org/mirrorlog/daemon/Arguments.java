package org.mirrorlog.daemon;

import java.util.List;

/**
 * The command line, which keeps the predecessor's flags.
 *
 * @param action what to do
 * @param complaint why the arguments cannot be used; null unless action is REFUSE
 * @param directory which directory to check; null unless action is CHECK_DATA
 * @param isMeant whether it is to be done, not only shown
 */
public record Arguments(Action action, String complaint, String directory, boolean isMeant) {
    /** What a command line asks for. */
    public enum Action { SERVE, CHECK_CONFIG, CHECK_DATA, FREE_CLUSTER, HELP, VERSION, REFUSE }

    public static final String USAGE = """
            usage: mirrorlogd [-f | --foreground]
                   mirrorlogd check-config
                   mirrorlogd check-data DIR
                   mirrorlogd free-cluster [--yes]
                   mirrorlogd emulate [--help | OPTION...]
                   mirrorlogd -h | --help
                   mirrorlogd -V | --version

            Serves the mirror logs of this machine's kernel (dm-log-userspace), in the foreground.

              -f, --foreground   accepted for compatibility; the daemon never goes to the background by itself
              check-config       read all settings, say what is wrong with them, start nothing
              check-data DIR     look at the data directory DIR, in use or not: what is there, what is damaged, which
                                 logs that concerns, what to do; changes nothing
              free-cluster       show which cluster the journal says lives; with --yes, let those who start now found
                                 another, for good: the members of that one end. It declares nobody dead
              emulate            play a kernel with one mirror for a daemon that runs with mirrorlog.kernel.connector =
                                 unix; emulate --help lists its options
              -h, --help         this text
              -V, --version      which build this is

            Settings are given to java as -Dkey=value, or in a file named by -Dconfig.file=FILE; application.conf explains
            each. SIGTERM and SIGINT stop the daemon, unless kernel tables use it (see mirrorlog.shutdown.force).

            Exit status: 0 stopped when asked; 1 could not start; 2 bad arguments or settings; 3 stopped by a failure;
            4 removed by the cluster. Of check-data: 0 sound; 1 damaged; 2 bad arguments. Of free-cluster: 0 done;
            1 refused, or the journal cannot be asked; 2 bad arguments or settings, or no --yes: nothing was done.
            Of emulate: 0 the legs are equal wherever the log says so; 1 they are not, or it failed; 2 bad arguments.
            """;

    public static Arguments parse(List<String> words) {
        Action action = Action.SERVE;
        if (words.contains("check-data")) {
            return ofCheckData(words);
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

    private static Arguments ofCheckData(List<String> words) {
        return words.size() == 2 && words.get(0).equals("check-data")
                ? new Arguments(Action.CHECK_DATA, null, words.get(1), false)
                : new Arguments(Action.REFUSE, "check-data wants one directory, and nothing else", null,
                        false);
    }

    private static Arguments ofFreeCluster(List<String> words) {
        boolean isMeant = words.equals(List.of("free-cluster", "--yes"));
        return isMeant || words.equals(List.of("free-cluster"))
                ? new Arguments(Action.FREE_CLUSTER, null, null, isMeant)
                : new Arguments(Action.REFUSE, "free-cluster knows --yes, and nothing else", null, false);
    }

    private static Arguments refuse(String word) {
        String hint = word.startsWith("-D") ? "; settings go to java, before -jar" : "";
        return new Arguments(Action.REFUSE, "unknown argument '" + word + "'" + hint, null, false);
    }
}
