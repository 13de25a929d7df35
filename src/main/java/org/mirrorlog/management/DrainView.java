package org.mirrorlog.management;

import java.util.List;

/**
 * Whether a node gives its logs away, and which are still there.
 *
 * @param node its name
 * @param isDrained it does, and takes none that another could serve
 * @param moving how many of its logs are on their way
 * @param staying how many stay, as nobody else can serve them now
 * @param logs those that stay or are on their way, 200 at most; all that it owns if it is not drained
 */
public record DrainView(String node, boolean isDrained, int moving, int staying, List<Log> logs) {
    public DrainView {
        logs = List.copyOf(logs);
    }

    /**
     * One of them.
     *
     * @param isMoving it is on its way
     * @param why it is still here, for people; empty if the node is not drained
     */
    public record Log(String uuid, boolean isMoving, String why) { }
}
