package org.mirrorlog.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.mirrorlog.logging.Logging;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Levels of rooms that an operator has set for a while; each returns by itself. Thread-safe. */
public final class LogLevels {
    private static final Logger LOG = LoggerFactory.getLogger(LogLevels.class);

    private final BiConsumer<Duration, Runnable> later;
    private final LongSupplier clockMs;
    /** By room, the newest order: only its end counts. */
    private final Map<String, Integer> newest = new HashMap<>();
    private int orders;

    /**
     * @param later does something after this time
     * @param clockMs time of day, which is shown and decides nothing
     */
    public LogLevels(BiConsumer<Duration, Runnable> later, LongSupplier clockMs) {
        this.later = later;
        this.clockMs = clockMs;
    }

    /**
     * Sets the level of a room, or of all.
     *
     * @return when it ends, for people
     * @throws IllegalArgumentException no such room or level
     */
    synchronized String set(String room, String level, Duration time) {
        String word = Logging.LEVELS.stream().filter(level::equalsIgnoreCase).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("level: one of " + Logging.LEVELS));
        if (!room.equals(Logging.ALL) && !Logging.ROOMS.contains(room)) {
            throw new IllegalArgumentException("room: " + Logging.ALL + ", or one of "
                    + Logging.ROOMS.stream().sorted().toList());
        }
        orders++;
        List<String> rooms = room.equals(Logging.ALL) ? List.copyOf(Logging.ROOMS) : List.of(room);
        rooms.forEach(one -> {
            Logging.setLevel(one, word);
            newest.put(one, orders);
        });
        if (word.equals(Logging.USUAL)) {
            return "now";
        }
        int order = orders;
        later.accept(time, () -> end(rooms, order));
        return Instant.ofEpochMilli(clockMs.getAsLong()).plus(time).toString();
    }

    private synchronized void end(List<String> rooms, int order) {
        List<String> ending = rooms.stream().filter(room -> newest.get(room) == order).toList();
        ending.forEach(room -> Logging.setLevel(room, Logging.USUAL));
        if (!ending.isEmpty()) {
            LOG.info("the log level of {} is as usual again",
                    ending.size() == 1 ? ending.get(0) : ending.size() + " rooms");
        }
    }
}
