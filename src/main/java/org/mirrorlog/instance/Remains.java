package org.mirrorlog.instance;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Records of tables that are gone, which could not be deleted: nobody waits for that, it is tried again and again. A
 * restarted daemon finds what is left of them, and that their tables were being destroyed.
 */
final class Remains {
    private final InstanceEnvironment surroundings;
    private final Map<InstanceKey, Remainder> remainders = new HashMap<>();

    private record Remainder(InstanceRecord record, Repetition repetition) { }

    Remains(InstanceEnvironment surroundings) {
        this.surroundings = surroundings;
    }

    /** Deletes a record, now or later. */
    void delete(InstanceKey key, InstanceRecord record, long nowMs) {
        attempt(key, new Remainder(record, new Repetition()), nowMs);
    }

    private boolean attempt(InstanceKey key, Remainder remainder, long nowMs) {
        try {
            remainder.record().destroy();
            return true;
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            OptionalLong count = remainder.repetition().failed(nowMs);
            if (count.isPresent()) {
                surroundings.warn(key, Troubles.text(e) + "; the table is gone, this is tried again ("
                        + count.getAsLong() + " times since the last such line)");
            }
            remainders.put(key, remainder);
            return false;
        }
    }

    void onTick(long nowMs) {
        for (Iterator<Map.Entry<InstanceKey, Remainder>> all = Map.copyOf(remainders).entrySet().iterator();
                all.hasNext();) {
            Map.Entry<InstanceKey, Remainder> entry = all.next();
            if (entry.getValue().repetition().isDue(nowMs) && attempt(entry.getKey(), entry.getValue(), nowMs)) {
                remainders.remove(entry.getKey());
            }
        }
    }

    /** Another record takes the place of what was left. */
    void replaced(InstanceKey key) {
        remainders.remove(key);
    }
}
