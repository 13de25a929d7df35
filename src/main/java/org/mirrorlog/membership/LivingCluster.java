package org.mirrorlog.membership;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a cluster says of itself in the journal's row: that it lives, and of whom it consists. One without members has
 * ended: all have left in order, or have started anew, or an operator has said that it is not to be waited for.
 *
 * @param id drawn at random when it was founded, of letters, digits and dashes
 */
public record LivingCluster(String id, SortedSet<Seat> members) {
    private static final String VERSION = "v1";
    private static final int MOST_MEMBERS = 200;
    private static final int MOST_CHARACTERS = 64 << 10;

    /** @throws IllegalArgumentException the id is not one, or there are too many members */
    public LivingCluster {
        Objects.requireNonNull(id, "id");
        if (!id.matches("[A-Za-z0-9-]{1,64}") || members.size() > MOST_MEMBERS) {
            throw new IllegalArgumentException("no cluster: " + id + " with " + members.size() + " members");
        }
        members = Collections.unmodifiableSortedSet(new TreeSet<>(members));
    }

    /** Of these members. */
    public static LivingCluster of(String id, Set<Seat> members) {
        return new LivingCluster(id, new TreeSet<>(members));
    }

    /** For the row. */
    public String text() {
        List<String> words = new ArrayList<>(List.of(VERSION, id));
        members.forEach(member -> words.add(member.text()));
        return String.join(" ", words);
    }

    /** What {@link #text} has made; empty if it is something else, of a newer build perhaps. */
    public static Optional<LivingCluster> parse(String text) {
        String[] words = text.length() > MOST_CHARACTERS ? new String[0] : text.split(" ");
        if (words.length < 2 || !VERSION.equals(words[0]) || words.length - 2 > MOST_MEMBERS
                || !words[1].matches("[A-Za-z0-9-]{1,64}")) {
            return Optional.empty();
        }
        SortedSet<Seat> members = new TreeSet<>();
        for (String word : List.of(words).subList(2, words.length)) {
            Optional<Seat> member = Seat.of(word);
            if (member.isEmpty()) {
                return Optional.empty();
            }
            members.add(member.get());
        }
        return Optional.of(new LivingCluster(words[1], members));
    }

    /** Where its members are. */
    public SortedSet<String> addresses() {
        return members.stream().map(Seat::address).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The same cluster, but for whoever was at that address. */
    public LivingCluster without(String address) {
        return of(id, members.stream().filter(member -> !member.address().equals(address)).collect(Collectors.toSet()));
    }

    /** The same cluster, and this one. */
    public LivingCluster with(Seat member) {
        Set<Seat> all = new TreeSet<>(members);
        all.add(member);
        return of(id, all);
    }

    boolean shares(Set<Seat> others) {
        return members.stream().anyMatch(others::contains);
    }
}
