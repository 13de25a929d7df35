package org.mirrorlog.instance;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.mirrorlog.protocol.Errno;

/**
 * Tables that threw. Such a table is left alone, for longer each time, while its requests wait; then it is taken up
 * anew. One line tells why, and another one each minute that it goes on, with a count.
 */
final class Troubles {
    /** The kernel's worker and a few ioctl callers wait; it sends again what is dropped. */
    private static final int MOST_WAITING = 16;
    /** The kernel has given up a copy that is older. */
    private static final long GIVEN_UP_MS = 15_000;

    private final InstanceEnvironment surroundings;
    private final Map<InstanceKey, Trouble> troubles = new HashMap<>();

    /** A request that waits for its table to be taken up anew. */
    record Waiting(Call call, boolean isNewest, long sinceMs) { }

    private static final class Trouble {
        private final Repetition repetition = new Repetition();
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private boolean isOut;
        private String why;
    }

    Troubles(InstanceEnvironment surroundings) {
        this.surroundings = surroundings;
    }

    /** The table is not to be touched before {@link #due} names it. */
    void threw(InstanceKey key, Throwable cause, long nowMs) {
        tell(key, "its requests wait, until it is taken up anew from its record", cause, nowMs).isOut = true;
        surroundings.threw(key, cause);
    }

    /** A constructor was refused, or is not answered: the kernel or its user may try again, and again. */
    void refused(InstanceKey key, String what, Throwable cause, long nowMs) {
        tell(key, what, cause, nowMs);
        surroundings.threw(key, cause);
    }

    private Trouble tell(InstanceKey key, String what, Throwable cause, long nowMs) {
        Trouble trouble = troubles.computeIfAbsent(key, unused -> new Trouble());
        trouble.why = text(cause);
        OptionalLong count = trouble.repetition.failed(nowMs);
        if (count.isPresent()) {
            surroundings.warn(key, trouble.why + "; " + what
                    + (count.getAsLong() > 1 ? " (" + count.getAsLong() + " times since the last such line)" : ""));
        }
        return trouble;
    }

    static String text(Throwable cause) {
        boolean saysItAll = cause instanceof IOException || cause instanceof java.io.UncheckedIOException;
        return saysItAll && cause.getMessage() != null ? cause.getMessage() : cause.toString();
    }

    /** What the kernel is told of a record that cannot be made. */
    static Errno errno(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (text.contains("No space left on device")) {
                return Errno.ENOSPC;
            } else if (text.contains("Disk quota exceeded")) {
                return Errno.EDQUOT;
            } else if (text.contains("Read-only file system")) {
                return Errno.EROFS;
            } else if (cause instanceof java.nio.file.AccessDeniedException || text.contains("Permission denied")) {
                return Errno.EACCES;
            }
        }
        return Errno.EIO;
    }

    boolean isOut(InstanceKey key) {
        Trouble trouble = troubles.get(key);
        return trouble != null && trouble.isOut;
    }

    /** Why the table is not served, if it is not. */
    Optional<String> reason(InstanceKey key) {
        return isOut(key) ? Optional.of(troubles.get(key).why) : Optional.empty();
    }

    void hold(InstanceKey key, Waiting waiting) {
        Deque<Waiting> all = troubles.get(key).waiting;
        all.addLast(waiting);
        if (all.size() > MOST_WAITING) {
            all.removeFirst();
        }
    }

    /** Tables that are to be taken up anew now. Those that have been well for a while are forgotten. */
    List<InstanceKey> due(long nowMs) {
        if (troubles.isEmpty()) {
            return List.of();
        }
        List<InstanceKey> due = new ArrayList<>();
        for (Iterator<Map.Entry<InstanceKey, Trouble>> all = troubles.entrySet().iterator(); all.hasNext();) {
            Map.Entry<InstanceKey, Trouble> entry = all.next();
            Trouble trouble = entry.getValue();
            if (trouble.isOut && trouble.repetition.isDue(nowMs)) {
                due.add(entry.getKey());
            } else if (!trouble.isOut && trouble.repetition.isOver(nowMs)) {
                all.remove();
            }
        }
        return due;
    }

    /** The table is served again; returns what waits for it and was not given up, in order. */
    List<Waiting> back(InstanceKey key, long nowMs) {
        Trouble trouble = troubles.get(key);
        List<Waiting> waiting = trouble.waiting.stream().filter(one -> nowMs - one.sinceMs() < GIVEN_UP_MS).toList();
        trouble.waiting.clear();
        trouble.isOut = false;
        surroundings.warn(key, "taken up anew after " + trouble.repetition.count() + " failures");
        return waiting;
    }

    void forget(InstanceKey key) {
        troubles.remove(key);
    }
}
