package org.mirrorlog;

import java.util.List;

/**
 * The command line, which keeps the predecessor's flags.
 *
 * @param action what to do
 * @param complaint why the arguments cannot be used; null unless action is REFUSE
 */
record Arguments(Action action, String complaint) {
    /** What a command line asks for. */
    enum Action { SERVE, CHECK_CONFIG, HELP, REFUSE }

    static final String USAGE = """
            usage: mirrorlogd [-f | --foreground]
                   mirrorlogd check-config
                   mirrorlogd -h | --help

            Serves the mirror logs of this machine's kernel (dm-log-userspace), in the foreground.

              -f, --foreground   accepted for compatibility; the daemon never goes to the background by itself
              check-config       read all settings, say what is wrong with them, start nothing
              -h, --help         this text

            Settings are given to java as -Dkey=value, or in a file named by -Dconfig.file=FILE; application.conf explains
            each. SIGTERM and SIGINT stop the daemon, unless kernel tables use it (see mirrorlog.shutdown.force).

            Exit status: 0 stopped when asked; 1 could not start; 2 bad arguments or settings; 3 stopped by a failure;
            4 removed by the cluster.
            """;

    static Arguments parse(List<String> words) {
        Action action = Action.SERVE;
        for (String word : words) {
            switch (word) {
                case "-h", "--help" -> {
                    return new Arguments(Action.HELP, null);
                }
                case "-f", "--foreground" -> { }
                case "check-config" -> action = Action.CHECK_CONFIG;
                default -> {
                    return refuse(word);
                }
            }
        }
        return new Arguments(action, null);
    }

    private static Arguments refuse(String word) {
        String hint = word.startsWith("-D") ? "; settings go to java, before -jar" : "";
        return new Arguments(Action.REFUSE, "unknown argument '" + word + "'" + hint);
    }
}
