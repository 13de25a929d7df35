package org.mirrorlog.cluster;

import akka.cluster.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Which machine a member runs on, and which earlier runs of that machine's kernel are over by its own account (D16).
 * Its roles say so, beside its {@link NodeIdentity}. A member of an older build says nothing, which proves nothing.
 *
 * @param machine which machine; empty if that is not known
 * @param former boot ids, newest first; the last few
 */
public record Provenance(String machine, List<String> former) {
    /** Of a member that says nothing. */
    public static final Provenance UNKNOWN = new Provenance("", List.of());
    private static final String MACHINE = "machine-";
    private static final String AFTER = "after-";
    /** Everybody keeps the roles of every member: only those runs that somebody may still follow. */
    private static final int MOST_TOLD = 4;

    public Provenance {
        Objects.requireNonNull(machine, "machine");
        former = List.copyOf(former);
    }

    /** The roles that a member of this provenance carries. */
    public List<String> roles() {
        List<String> roles = new ArrayList<>();
        if (!machine.isEmpty()) {
            roles.add(MACHINE + machine);
        }
        former.stream().limit(MOST_TOLD).forEach(boot -> roles.add(AFTER + boot));
        return roles;
    }

    /** That of a member; the order of its former runs is not kept. */
    public static Provenance of(Member member) {
        String machine = member.getRoles().stream().filter(role -> role.startsWith(MACHINE)).sorted()
                .map(role -> role.substring(MACHINE.length())).findFirst().orElse("");
        return new Provenance(machine, member.getRoles().stream().filter(role -> role.startsWith(AFTER)).sorted()
                .map(role -> role.substring(AFTER.length())).toList());
    }

    /** Whether both are known, and not the same machine. */
    public boolean isSurelyNot(Provenance other) {
        return !machine.isEmpty() && !other.machine.isEmpty() && !machine.equals(other.machine);
    }
}
