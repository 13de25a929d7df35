package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The end of a log that no kernel uses: all that is kept of it is its state in the shortest form. A log that is wholly
 * clean, and whose tables have all been destroyed, stays so. Of any other one nothing is believed any more but that
 * every region is dirty (D18), whatever its next table says. No permission ends with it: grants of tables that were not
 * destroyed are kept (D10), and a log in a session is not retired.
 */
public final class Retirement {
    private Retirement() {
    }

    /** Whether nothing is lost with it: nothing is dirty, and no table can have a permission. */
    public static boolean isLossless(LogState state) {
        return state.dirty().isEmpty() && state.members().isEmpty() && !state.isAwaiting();
    }

    /** Who may still write, for people; empty if nobody may. */
    public static Optional<String> user(LogState state) {
        return state.members().entrySet().stream().filter(entry -> entry.getValue().mayRun())
                .map(Map.Entry::getKey).findFirst()
                .map(id -> "node " + state.members().get(id).node() + " (boot id " + id.incarnation() + ")")
                .or(() -> state.adoption().filter(adoption -> state.isAwaiting())
                        .map(adoption -> "nodes that are awaited since its adoption: " + adoption.awaited().values()));
    }

    /**
     * What is appended for it; the state after these events is all that is kept.
     *
     * @param owner who does it
     * @throws IllegalStateException somebody may still write
     */
    public static List<LogEvent> events(LogState state, String owner) {
        if (user(state).isPresent()) {
            throw new IllegalStateException("in use by " + user(state).get());
        }
        List<LogEvent> events = new ArrayList<>(2);
        events.add(new LogEvent.OwnerChanged(owner));
        if (!isLossless(state)) {
            state.geometry().ifPresent(geometry ->
                    events.add(new LogEvent.EpochBegan(geometry, geometry.allRegions())));
        }
        return events;
    }

    /** Whether so little is known of the log that what it has grown by is dirty, too, nosync notwithstanding. */
    static boolean isUnknown(LogState state) {
        return state.regionCount() > 0 && state.dirty().size() == state.regionCount();
    }
}
