package org.mirrorlog.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The terminal of this process, wholly in use: what was on it comes back in the end, also where the process is
 * interrupted. For one thread.
 */
final class Screen implements AutoCloseable {
    private static final File TERMINAL = new File("/dev/tty");
    private static final String BEGIN = "\u001b[?1049h\u001b[?25l";
    private static final String END = "\u001b[?25h\u001b[?1049l";
    private static final long GLANCE_MS = 50;
    private static final int ROWS = 24;
    private static final int COLUMNS = 80;

    private final PrintWriter out;
    private final String before;
    private boolean isOver;

    private Screen(PrintWriter out, String before) {
        this.out = out;
        this.before = before;
    }

    /** @throws IOException this process has no terminal, or it does not do as it is told */
    static Screen open(PrintWriter out) throws IOException {
        Screen screen = new Screen(out, stty("-g"));
        Runtime.getRuntime().addShutdownHook(new Thread(screen::close, "terminal"));
        stty("-icanon", "-echo", "min", "0");
        out.print(BEGIN);
        return screen;
    }

    private static String stty(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(words));
        Process stty = new ProcessBuilder(command).redirectInput(TERMINAL)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        if (stty.onExit().join().exitValue() != 0) {
            throw new IOException("stty failed");
        }
        return said;
    }

    /** Rows and columns, as they are now. */
    int[] size() throws IOException {
        String[] size = stty("size").split(" ");
        int rows = size.length == 2 ? Integer.parseInt(size[0]) : 0;
        int columns = size.length == 2 ? Integer.parseInt(size[1]) : 0;
        return new int[] {rows > 0 ? rows : ROWS, columns > 0 ? columns : COLUMNS};
    }

    void show(List<String> lines) {
        // Line by line over the old ones: an empty screen in between would flicker.
        out.print("\u001b[H" + String.join("\u001b[K\r\n", lines) + "\u001b[K\u001b[J");
        out.flush();
    }

    /** Waits so long for this key. */
    boolean isPressed(char key, long forMs) throws IOException {
        for (long waited = 0; waited < forMs; waited += GLANCE_MS) {
            while (System.in.available() > 0) {
                if (System.in.read() == key) {
                    return true;
                }
            }
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(GLANCE_MS));
        }
        return false;
    }

    @Override
    public synchronized void close() {
        if (!isOver) {
            isOver = true;
            out.print(END);
            out.flush();
            try {
                stty(before);
            } catch (IOException e) {
                out.println("mirrorlogctl: the terminal is not as it was: " + e.getMessage());
            }
        }
    }
}
