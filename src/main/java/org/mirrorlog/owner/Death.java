package org.mirrorlog.owner;

import java.util.Objects;

/**
 * A kernel was declared dead: what it has sent to the legs has arrived or never will (D16).
 *
 * @param incarnation its boot id
 * @param node label of its machine, for people
 * @param declaredAtMs when, in milliseconds since 1970, by the clock of whoever declared it; for people
 * @param by who declared it and why, for people
 */
public record Death(String incarnation, String node, long declaredAtMs, String by) {
    public Death {
        Objects.requireNonNull(incarnation, "incarnation");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(by, "by");
    }
}
