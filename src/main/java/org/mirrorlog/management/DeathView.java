package org.mirrorlog.management;

import java.util.Objects;

/**
 * A declared death as JSON shows it.
 *
 * @param bootId of the kernel that is dead
 * @param node name of its machine
 * @param declaredAt when, as ISO 8601 in UTC
 * @param by who declared it
 */
public record DeathView(String bootId, String node, String declaredAt, String by) {
    /** Checks that all are given. */
    public DeathView {
        Objects.requireNonNull(bootId, "bootId");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(declaredAt, "declaredAt");
        Objects.requireNonNull(by, "by");
    }
}
