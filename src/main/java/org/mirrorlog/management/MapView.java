package org.mirrorlog.management;

import java.util.List;
import java.util.Objects;

/**
 * The regions of a log for a picture, as {@code GET /mirrorlog/logs/{uuid}/map} shows them: one number for each cell in
 * each of the lists, and in a cell each region counts once.
 *
 * @param uuid the log
 * @param regionSize sectors of 512 bytes in a region
 * @param regionCount of the whole log
 * @param from the first region that is shown
 * @param to one more than the last
 * @param starts the first region of each cell
 * @param clean in sync, and nobody may write them
 * @param held in sync; one table may write them
 * @param shared in sync; several tables may
 * @param left in sync and not clean, though no known table holds them: of a table that is gone
 * @param unsynced the legs may differ
 * @param recovering the region that is copied now, or null
 * @param holders who may write, and how many regions of the whole log
 */
public record MapView(String uuid, long regionSize, long regionCount, long from, long to, List<Long> starts,
        List<Long> clean, List<Long> held, List<Long> shared, List<Long> left, List<Long> unsynced, Long recovering,
        List<Holder> holders) {
    /** The most cells that are drawn at a time. */
    public static final int MOST_CELLS = 4096;

    /** Checks that all are given. */
    public MapView {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(starts, "starts");
        holders = List.copyOf(holders);
    }

    /** A table that holds regions. */
    public record Holder(String node, String luid, long marks) { }

    /**
     * What is asked for.
     *
     * @param to 0: up to the end
     */
    public record Part(long from, long to, int cells) { }
}
