package org.mirrorlog.journal;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The keys of {@code mirrorlog.journal} that are ours; mirrorlog-journal.conf says what they mean.
 *
 * @param isGapRefused a replay that would skip deleted events fails
 */
record JournalSettings(Path directory, JournalOptions options, boolean isGapRefused) {

    static final String PATH = "mirrorlog.journal";

    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;

    /**
     * Reads the whole configuration.
     *
     * @throws JournalException naming every bad key with its value, what is allowed and where it was set
     */
    static JournalSettings read(Config root) throws JournalException {
        JournalKeys in = new JournalKeys(root, PATH);
        int groupBytes = (int) in.bytes("max-group-bytes", 64 * KIB, 64 * MIB);
        int segmentBytes = (int) in.bytes("segment-bytes", MIB, 1024 * MIB);
        int extendBytes = (int) in.bytes("extend-bytes", 4 * KIB, 64 * MIB);
        int percent = (int) in.number("compact-below-percent", 0, 75);
        int stepBytes = (int) in.bytes("compact-step-bytes", 4 * KIB, 16 * MIB);
        long queueBytes = in.bytes("max-queue-bytes", groupBytes, 1024 * MIB);
        Duration stalledAfter = in.duration("stalled-after", Duration.ofSeconds(1), Duration.ofMinutes(10));
        String dir = in.text("dir", "the path of a directory");
        boolean isGapRefused = in.flag("refuse-gaps");
        in.check();
        return new JournalSettings(Path.of(dir), new JournalOptions(segmentBytes, groupBytes, extendBytes, percent,
                stepBytes, queueBytes, stalledAfter), isGapRefused);
    }
}
