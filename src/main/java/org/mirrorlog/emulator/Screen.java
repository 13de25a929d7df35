package org.mirrorlog.emulator;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What a person sees: steps with progress. On a terminal progress is one line that changes, elsewhere a line every two
 * seconds.
 */
final class Screen {
    private static final int BAR_CELLS = 32;
    private static final long TERMINAL_NS = TimeUnit.MILLISECONDS.toNanos(80);
    private static final long PLAIN_NS = TimeUnit.SECONDS.toNanos(2);
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintStream out;
    private final boolean isTerminal;
    private final boolean hasBlocks;
    private long lastNs = System.nanoTime();

    Screen(PrintStream out, boolean isTerminal) {
        this.out = out;
        this.isTerminal = isTerminal;
        this.hasBlocks = isTerminal && Charset.defaultCharset().equals(StandardCharsets.UTF_8);
    }

    /** The process's own output, a terminal if it is one that can do more than print. */
    static Screen ofProcess() {
        String term = System.getenv("TERM");
        return new Screen(System.out, System.console() != null && term != null && !term.equals("dumb"));
    }

    /** A line that stays. */
    void line(String step, String text) {
        if (isTerminal) {
            out.print(CLEAR_LINE);
            out.printf(Locale.ROOT, "\033[1m%-10s\033[0m %s%n", step, text);
        } else {
            out.printf(Locale.ROOT, "%-10s %s%n", step, text);
        }
        out.flush();
    }

    /** A good or a bad end, in green or red where there is colour. */
    void verdict(boolean isGood, String text) {
        if (isTerminal) {
            String colour = System.getenv("NO_COLOR") != null ? "" : isGood ? "\033[32m" : "\033[31m";
            out.printf(Locale.ROOT, "%s%s%s\033[0m%n", CLEAR_LINE, colour, text);
        } else {
            out.println(text);
        }
        out.flush();
    }

    /** Whether it is time to show progress again. */
    boolean isDue() {
        long now = System.nanoTime();
        if (now - lastNs < (isTerminal ? TERMINAL_NS : PLAIN_NS)) {
            return false;
        }
        lastNs = now;
        return true;
    }

    /** How far a step is. */
    void progress(String step, String text) {
        out.printf(Locale.ROOT, isTerminal ? CLEAR_LINE + "%-10s %s" : "%-10s %s%n", step, text);
        out.flush();
    }

    /** How long ago that was, in seconds. */
    static String seconds(long sinceNs) {
        return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - sinceNs) / 1e9);
    }

    /** A bar for so many of so many. */
    String bar(long done, long total) {
        int cells = (int) (BAR_CELLS * Math.min(done, total) / Math.max(1, total));
        return hasBlocks
                ? "█".repeat(cells) + "░".repeat(BAR_CELLS - cells)
                : "[" + "#".repeat(cells) + ".".repeat(BAR_CELLS - cells) + "]";
    }
}
