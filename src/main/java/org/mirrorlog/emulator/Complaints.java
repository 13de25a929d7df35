package org.mirrorlog.emulator;

import java.util.ArrayList;
import java.util.List;

/**
 * What answers did that no kernel should see: each breaks a rule of reply forms. The emulated kernel acts on such
 * answers as the real one does, and remembers them here, so that a test can insist on there being none.
 */
public final class Complaints {
    private static final int KEPT = 100;

    private final List<String> first = new ArrayList<>();
    private long count;

    void add(String complaint) {
        count++;
        if (first.size() < KEPT) {
            first.add(complaint);
        }
    }

    /** How many there were. */
    public long count() {
        return count;
    }

    /** The first hundred, in order. */
    public List<String> first() {
        return List.copyOf(first);
    }
}
