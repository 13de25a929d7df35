package org.mirrorlog.instance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mirrorlog.protocol.ConstructorString;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;

/**
 * Constructors whose log device is being opened; of the copies of one only the newest is answered. A device that does
 * not answer fails its constructor after a minute: the kernel itself would wait for ever, and with it the program that
 * loads the table. Not so the one of a kernel that reconnects, whose table runs.
 */
final class Openings {
    /** As long as multipath may take to find another path, and four times as long as the kernel waits for a copy. */
    static final long LONGEST_MS = 60_000;

    private final Map<InstanceKey, Opening> all = new LinkedHashMap<>();

    /** One of them; begun with its first copy. */
    record Opening(Call call, ConstructorString.Parsed constructor, long begunMs) { }

    /** True: it is the first copy, and the device is to be opened. */
    boolean add(InstanceKey key, Call call, ConstructorString.Parsed constructor, long nowMs) {
        Opening before = all.get(key);
        all.put(key, new Opening(call, constructor, before == null ? nowMs : before.begunMs()));
        return before == null;
    }

    boolean has(InstanceKey key) {
        return all.containsKey(key);
    }

    /** Null if there is none. */
    Opening remove(InstanceKey key) {
        return all.remove(key);
    }

    /** The room that their maps will need. */
    void takeInto(MapRoom room) {
        all.forEach((key, opening) -> room.take(key.uuid(), opening.constructor().spec()));
    }

    /** Those that have had their time fail; the device is closed as soon as it answers. */
    void onTick(long nowMs, InstanceEnvironment surroundings) {
        List<InstanceKey> late = all.entrySet().stream().filter(e -> nowMs - e.getValue().begunMs() >= LONGEST_MS
                && !e.getValue().constructor().isReconnect()).map(Map.Entry::getKey).toList();
        for (InstanceKey key : late) {
            Opening opening = all.remove(key);
            surroundings.warn(key, "constructor refused: its log device "
                    + opening.constructor().spec().device().orElse("") + " could not be opened within "
                    + LONGEST_MS / 1_000 + " s: it does not answer");
            surroundings.closeDevice(key);
            opening.call().reply(Reply.failure(Errno.EIO));
        }
    }
}
