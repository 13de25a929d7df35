package org.mirrorlog.process;

import java.util.Optional;

/** Which build this is. */
public final class Version {
    private Version() {
    }

    /** As the jar says; words that say so where this is no jar. */
    public static String ofThisBuild() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion()).orElse("of no version");
    }
}
