package org.mirrorlog.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** mirrorlogctl in this process, for tests of other rooms. */
public final class Ctl {
    private Ctl() {
    }

    /** How it has ended, and what it has said on each of both outputs. */
    public record Ended(int status, String out, String err) { }

    /** Runs it. */
    public static Ended run(Map<String, String> environment, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = MirrorlogCtl.run(new Surroundings(new PrintWriter(out, true), new PrintWriter(err, true),
                environment, false), words);
        return new Ended(status, out.toString(), err.toString());
    }
}
