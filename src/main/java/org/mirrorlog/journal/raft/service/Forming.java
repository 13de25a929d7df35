package org.mirrorlog.journal.raft.service;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.raft.net.Hello;

/**
 * How a group begins: once this member has met all the others, each with the identity of its directory, the identity of
 * the group follows from theirs. A member whose directory was lost has another identity; so it makes up another group
 * than the others are of, is told, and takes part in nothing. No member begins a group without all others.
 *
 * <p>Thread safe.
 */
final class Forming {

    private final String own;
    private final String ownId;
    private final Set<String> members;
    private final Map<String, Hello> seen = new TreeMap<>();

    /** @param ownId the identity of this member's directory */
    Forming(String own, String ownId, List<String> members) {
        this.own = own;
        this.ownId = ownId;
        this.members = Set.copyOf(members);
    }

    /** Another member is there. */
    synchronized void saw(Hello other) {
        seen.put(other.name(), other);
        notifyAll();
    }

    /** Members that have not been met. */
    synchronized Set<String> missing() {
        Set<String> missing = new TreeSet<>(members);
        missing.remove(own);
        missing.removeAll(seen.keySet());
        return missing;
    }

    /** The identity of the group, once all have been met and none is of another one. */
    synchronized Optional<JournalId> group() {
        if (!missing().isEmpty()) {
            return Optional.empty();
        }
        JournalId id = identity();
        return others(id).isEmpty() ? Optional.of(id) : Optional.empty();
    }

    /** Members that are of another group than the one that all would make up. */
    synchronized List<String> ofAnother() {
        return missing().isEmpty() ? others(identity()) : List.of();
    }

    private List<String> others(JournalId id) {
        return seen.values().stream().filter(hello -> !hello.group().isEmpty()
                && !hello.group().equals(id.toString())).map(Hello::name).toList();
    }

    /** Waits until something may have changed, at most for so long. */
    synchronized void await(long ms) throws InterruptedException {
        wait(ms);
    }

    private JournalId identity() {
        Map<String, String> ids = new TreeMap<>();
        ids.put(own, ownId);
        seen.forEach((name, hello) -> ids.put(name, hello.id()));
        StringBuilder text = new StringBuilder("replicated journal\n");
        ids.forEach((name, id) -> text.append(name).append(' ').append(id).append('\n'));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.toString()
                    .getBytes(StandardCharsets.UTF_8));
            return JournalId.of(Arrays.copyOf(digest, JournalId.BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}
