package org.mirrorlog.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads single keys of one block and gathers what is wrong with them. For one thread. */
public final class JournalKeys {

    private final String path;
    private final Config config;
    private final List<String> problems = new ArrayList<>();

    /** @param path of the block in the whole configuration */
    public JournalKeys(Config root, String path) {
        this.path = path;
        this.config = root.getConfig(path);
    }

    /** A size in bytes. */
    public long bytes(String key, long least, long most) {
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

    /** A whole number. */
    public long number(String key, long least, long most) {
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

    /** A duration. */
    public Duration duration(String key, Duration least, Duration most) {
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

    /** A text that is not blank. */
    public String text(String key, String allowed) {
        String value = config.hasPath(key) ? config.getString(key) : "";
        if (value.isBlank()) {
            problem(key, allowed);
        }
        return value;
    }

    /** On or off. */
    public boolean flag(String key) {
        try {
            return config.getBoolean(key);
        } catch (ConfigException e) {
            // Told below, as for values out of range.
        }
        problem(key, "on or off");
        return false;
    }

    /** One of some words. */
    public String word(String key, List<String> allowed) {
        String value = config.hasPath(key) ? config.getValue(key).unwrapped().toString() : "";
        if (!allowed.contains(value)) {
            problem(key, String.join(" or ", allowed));
        }
        return value;
    }

    /** Words, as a list or as one text with commas (what a system property can say). */
    public List<String> names(String key, String allowed) {
        try {
            if (config.getValue(key).unwrapped() instanceof String text) {
                return text.isBlank() ? List.of() : List.of(text.strip().split("\\s*,\\s*"));
            }
            return config.getStringList(key);
        } catch (ConfigException e) {
            // Told below, as for values out of range.
        }
        problem(key, allowed);
        return List.of();
    }

    /** A text that may be empty. */
    public String optionalText(String key) {
        try {
            return config.getString(key);
        } catch (ConfigException e) {
            // Told below, as for values out of range.
        }
        problem(key, "a text, or \"\"");
        return "";
    }

    /** Tells what is wrong with a key that was read. */
    public void refuse(String key, String allowed) {
        problem(key, allowed);
    }

    /** As {@link #refuse(String, String)}, of a value that may hold a secret: shown instead of it. */
    public void refuse(String key, String shown, String allowed) {
        tell(key, shown, allowed);
    }

    /**
     * Ends the reading.
     *
     * @throws JournalException naming every bad key with its value, what is allowed and where it was set
     */
    public void check() throws JournalException {
        if (!problems.isEmpty()) {
            throw new JournalException(String.join("; ", problems));
        }
    }

    private long problem(String key, String allowed) {
        tell(key, config.hasPath(key) ? config.getValue(key).unwrapped().toString() : "", allowed);
        return 0;
    }

    private void tell(String key, String shown, String allowed) {
        String given = config.hasPath(key) ? shown + " (" + config.getValue(key).origin().description() + ")"
                : "missing";
        problems.add(path + "." + key + " is " + given + "; allowed is " + allowed);
    }
}
