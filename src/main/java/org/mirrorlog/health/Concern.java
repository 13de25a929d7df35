package org.mirrorlog.health;

import java.util.Objects;

/**
 * Something that is wrong now.
 *
 * @param subject what it concerns, as people name it: "log LVM-a", "node b", "this node"; one code has it once
 * @param why what is known of it, for people; may change while it lasts
 */
public record Concern(HealthCode code, String subject, String why) {
    /** Checks that all are given. */
    public Concern {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(why, "why");
    }
}
