package org.mirrorlog.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Reads keys one by one, collects what is wrong instead of stopping at the first, and remembers which keys were read.
 *
 * <p>Every method returns a usable stand-in for a bad value, so that reading goes on; whoever reads must look at
 * {@link #problems()} before using anything. For one thread.
 */
final class SettingsReader {
    private final Config config;
    private final List<BadSetting> problems = new ArrayList<>();
    private final Set<String> read = new TreeSet<>();

    SettingsReader(Config config) {
        this.config = config;
    }

    /** Text that satisfies a condition. */
    String text(String path, String allowed, Predicate<String> isAllowed) {
        return value(path, allowed, config::getString, isAllowed, "");
    }

    /** One of some words, in any case; the word is returned as the list has it. */
    String word(String path, List<String> words) {
        String allowed = String.join(" or ", words);
        String given = value(path, allowed, config::getString, text -> words.stream().anyMatch(text::equalsIgnoreCase),
                words.get(0));
        return words.stream().filter(given::equalsIgnoreCase).findFirst().orElseThrow();
    }

    /** Whether a text that may be empty is not. */
    boolean hasText(String path) {
        return config.hasPath(path) && !config.getString(path).isEmpty();
    }

    boolean flag(String path) {
        return value(path, "true or false", config::getBoolean, any -> true, false);
    }

    long number(String path, long min, long max) {
        return value(path, "a whole number, " + min + " to " + max, config::getLong, within(min, max), min);
    }

    /** A size in bytes. */
    long bytes(String path, long min, long max) {
        return value(path, "a size, " + sized(min) + " to " + sized(max), config::getBytes, within(min, max), min);
    }

    Duration duration(String path, Duration min, Duration max) {
        return value(path, "a duration, " + shown(min) + " to " + shown(max), config::getDuration,
                given -> given.compareTo(min) >= 0 && given.compareTo(max) <= 0, min);
    }

    /**
     * Words, as a list or as one text with commas (what a system property can say). Each must satisfy the condition.
     */
    List<String> names(String path, String allowed, Predicate<String> isAllowed) {
        return value(path, allowed, key -> {
            if (config.getValue(key).unwrapped() instanceof String text) {
                return text.isBlank() ? List.<String>of() : List.of(text.split("\\s*,\\s*", -1));
            }
            return config.getStringList(key);
        }, names -> names.stream().allMatch(isAllowed), List.of());
    }

    /** Says that a key that was read well cannot be used with the others. */
    void refuse(String path, String allowed) {
        problems.add(new BadSetting(path, shownValue(path), allowed, origin(path)));
    }

    /** Reports every key below {@code root} that nobody read and that {@code isKnownElsewhere} does not know. */
    void refuseUnknown(String root, Predicate<String> isKnownElsewhere) {
        for (Map.Entry<String, ConfigValue> entry : config.getConfig(root).entrySet()) {
            String path = root + "." + entry.getKey();
            if (!read.contains(path) && !isKnownElsewhere.test(path) && !isElementOfAList(path)) {
                refuse(path, "there is no such key; see application.conf for all keys");
            }
        }
    }

    List<BadSetting> problems() {
        return Collections.unmodifiableList(problems);
    }

    Set<String> pathsRead() {
        return Collections.unmodifiableSet(read);
    }

    private <T> T value(String path, String allowed, Function<String, T> get, Predicate<T> isAllowed, T standIn) {
        read.add(path);
        try {
            T value = get.apply(path);
            if (isAllowed.test(value)) {
                return value;
            }
        } catch (ConfigException.Missing | ConfigException.WrongType | ConfigException.BadValue e) {
            // Reported below like a value out of range: the operator needs the same four facts.
        }
        refuse(path, allowed);
        return standIn;
    }

    /** {@code -Dkey.0=a -Dkey.1=b} is a list too; its elements show up as keys of their own. */
    private boolean isElementOfAList(String path) {
        List<String> parts = ConfigUtil.splitPath(path);
        String last = parts.get(parts.size() - 1);
        return last.chars().allMatch(Character::isDigit)
                && read.contains(ConfigUtil.joinPath(parts.subList(0, parts.size() - 1)));
    }

    private String shownValue(String path) {
        return config.hasPathOrNull(path) && !config.getIsNull(path)
                ? config.getValue(path).render(ConfigRenderOptions.concise())
                : "(nothing)";
    }

    private String origin(String path) {
        if (!config.hasPathOrNull(path) || config.getIsNull(path)) {
            return "set to null or missing";
        }
        return text(config.getValue(path).origin());
    }

    /** Where a value was set, for people. */
    static String text(ConfigOrigin origin) {
        String file = origin.filename() != null ? origin.filename() : origin.resource();
        if (file == null) {
            return origin.description();
        }
        return origin.lineNumber() > 0 ? file + ":" + origin.lineNumber() : file;
    }

    private static Predicate<Long> within(long min, long max) {
        return value -> value >= min && value <= max;
    }

    private static String sized(long bytes) {
        return bytes % (1 << 20) == 0 ? (bytes >> 20) + " MiB" : (bytes >> 10) + " KiB";
    }

    private static String shown(Duration duration) {
        if (duration.toMillis() % 1000 != 0) {
            return duration.toMillis() + " ms";
        }
        return duration.toSeconds() < 120 ? duration.toSeconds() + " s" : duration.toMinutes() + " minutes";
    }
}
