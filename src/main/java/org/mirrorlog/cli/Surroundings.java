package org.mirrorlog.cli;

import java.io.PrintWriter;
import java.util.Map;

/**
 * What the program runs in.
 *
 * @param isTerminal whether what it says goes to a terminal
 */
record Surroundings(PrintWriter out, PrintWriter err, Map<String, String> environment, boolean isTerminal) {
}
