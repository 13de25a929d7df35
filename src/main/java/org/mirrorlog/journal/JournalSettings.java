package org.mirrorlog.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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
        Reader in = new Reader(root.getConfig(PATH));
        int groupBytes = (int) in.bytes("max-group-bytes", 64 * KIB, 64 * MIB);
        int segmentBytes = (int) in.bytes("segment-bytes", MIB, 1024 * MIB);
        int extendBytes = (int) in.bytes("extend-bytes", 4 * KIB, 64 * MIB);
        int percent = (int) in.number("compact-below-percent", 0, 75);
        int stepBytes = (int) in.bytes("compact-step-bytes", 4 * KIB, 16 * MIB);
        long queueBytes = in.bytes("max-queue-bytes", groupBytes, 1024 * MIB);
        Duration stalledAfter = in.duration("stalled-after", Duration.ofSeconds(1), Duration.ofMinutes(10));
        String dir = in.text("dir");
        boolean isGapRefused = in.flag("refuse-gaps");
        if (!in.problems.isEmpty()) {
            throw new JournalException(String.join("; ", in.problems));
        }
        return new JournalSettings(Path.of(dir), new JournalOptions(segmentBytes, groupBytes, extendBytes, percent,
                stepBytes, queueBytes, stalledAfter), isGapRefused);
    }

    /** Reads single keys and gathers what is wrong with them. */
    private static final class Reader {

        private final Config config;
        private final List<String> problems = new ArrayList<>();

        Reader(Config config) {
            this.config = config;
        }

        long bytes(String key, long least, long most) {
            try {
                long value = config.getBytes(key);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (ConfigException e) {
                // Told below, together with values out of range.
            }
            return problem(key, "a size from " + least + " to " + most + " bytes");
        }

        long number(String key, long least, long most) {
            try {
                long value = config.getLong(key);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (ConfigException e) {
                // Told below, together with values out of range.
            }
            return problem(key, "a number from " + least + " to " + most);
        }

        Duration duration(String key, Duration least, Duration most) {
            try {
                Duration value = config.getDuration(key);
                if (value.compareTo(least) >= 0 && value.compareTo(most) <= 0) {
                    return value;
                }
            } catch (ConfigException e) {
                // Told below, together with values out of range.
            }
            problem(key, "a duration from " + least.toSeconds() + " s to " + most.toSeconds() + " s");
            return least;
        }

        String text(String key) {
            String value = config.hasPath(key) ? config.getString(key) : "";
            if (value.isBlank()) {
                problem(key, "the path of a directory");
            }
            return value;
        }

        boolean flag(String key) {
            try {
                return config.getBoolean(key);
            } catch (ConfigException e) {
                // Told below, as for values out of range.
            }
            problem(key, "on or off");
            return false;
        }

        private long problem(String key, String allowed) {
            String given = config.hasPath(key)
                    ? config.getValue(key).unwrapped() + " (" + config.getValue(key).origin().description() + ")"
                    : "missing";
            problems.add(PATH + "." + key + " is " + given + "; allowed is " + allowed);
            return 0;
        }
    }
}
