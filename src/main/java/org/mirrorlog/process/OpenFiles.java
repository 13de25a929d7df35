package org.mirrorlog.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many files this process may have open: too few end in the middle of the work, and not where it can be told. */
public final class OpenFiles {
    /** A daemon has some 200 open, most of them the program's; journal, devices and connections add to them. */
    private static final int NEEDED = 512;
    private static final Pattern LIMIT = Pattern.compile("(?m)^Max open files +(\\d+) ");

    private OpenFiles() {
    }

    /** @throws StartException there are too few */
    public static void require() throws StartException {
        try {
            check(Files.readString(Path.of("/proc/self/limits")));
        } catch (IOException e) {
            throw new StartException("/proc/self/limits cannot be read: " + e, e);
        }
    }

    /** @param limits as the kernel writes them; unlimited is no number */
    static void check(String limits) throws StartException {
        Matcher limit = LIMIT.matcher(limits);
        if (limit.find() && Long.parseLong(limit.group(1)) < NEEDED) {
            throw new StartException("open files are limited to " + limit.group(1) + " (ulimit -n, LimitNOFILE=); "
                    + NEEDED + " are needed");
        }
    }
}
