package org.mirrorlog.simulation;

/** A checker saw what must never be. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String checker;

    Violation(String checker, String what) {
        super(checker + ": " + what);
        this.checker = checker;
    }

    String checker() {
        return checker;
    }
}
