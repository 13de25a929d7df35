package org.mirrorlog.health;

import java.util.Objects;

/**
 * Something that has happened, without when.
 *
 * @param severity info, warning or error
 * @param subject whom it concerns, as people name it: "log LVM-a", "node b (boot id ...)", "this node"
 * @param code of the health, by its name; empty for what is none of its business
 * @param says what has happened, for people
 */
public record News(EventKind kind, String severity, String subject, String code, String says) {
    /** Longer texts are cut: the book's memory is bounded. In characters. */
    static final int LONGEST = 400;

    /** Checks that all are given, and cuts. */
    public News {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(code, "code");
        subject = cut(subject);
        says = cut(says);
    }

    /** As severe as its kind. */
    public static News of(EventKind kind, String subject, String says) {
        return new News(kind, kind.severity().word(), subject, "", says);
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 3) + "...";
    }
}
