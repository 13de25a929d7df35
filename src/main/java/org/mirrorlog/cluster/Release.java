package org.mirrorlog.cluster;

import akka.cluster.Member;
import java.util.List;
import java.util.Optional;

/** Which version of the program a member runs, for people; its roles say so. Decides nothing ({@code Builds} does). */
public final class Release {
    private static final String ROLE = "release-";
    /** Not run from a jar. */
    private static final String UNPACKED = "unpacked";

    private Release() {
    }

    /** The roles that this node carries for it. */
    public static List<String> roles() {
        return List.of(ROLE + Optional.ofNullable(Release.class.getPackage().getImplementationVersion())
                .orElse(UNPACKED));
    }

    /** That of a member; empty if it is of a build that does not say. */
    static Optional<String> of(Member member) {
        return member.getRoles().stream().filter(role -> role.startsWith(ROLE)).sorted()
                .map(role -> role.substring(ROLE.length())).findFirst();
    }
}
