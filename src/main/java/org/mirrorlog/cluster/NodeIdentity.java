package org.mirrorlog.cluster;

import akka.cluster.Member;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Who a member of the cluster is. Its roles say so: everybody knows them as long as it is a member, reachable or not.
 *
 * @param node label of its machine
 * @param incarnation boot id of the kernel that it serves (D16)
 */
public record NodeIdentity(String node, String incarnation) {
    private static final String NODE = "node-";
    private static final String INCARNATION = "boot-";

    public NodeIdentity {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(incarnation, "incarnation");
    }

    /** The roles that a member with this identity carries. */
    public List<String> roles() {
        return List.of(NODE + node, INCARNATION + incarnation);
    }

    /** Who that member is; empty if its roles do not say. */
    public static Optional<NodeIdentity> of(Member member) {
        return role(member, NODE).flatMap(node -> role(member, INCARNATION).map(boot -> new NodeIdentity(node, boot)));
    }

    private static Optional<String> role(Member member, String prefix) {
        return member.getRoles().stream().filter(role -> role.startsWith(prefix)).sorted()
                .map(role -> role.substring(prefix.length())).findFirst();
    }
}
