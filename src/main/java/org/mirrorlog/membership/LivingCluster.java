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
 * What a cluster says of itself in the journal's row: that it lives, and of whom it consists. One without anybody has
 * ended: all have left in order, or have started anew, or an operator has said that it is not to be waited for.
 *
 * @param id drawn at random when it was founded, of letters, digits and dashes
 * @param members those that the cluster has named itself
 * @param entering starts that have entered themselves: they are to join, or have just joined
 */
public record LivingCluster(String id, SortedSet<Seat> members, SortedSet<Seat> entering) {
    private static final String VERSION = "v1";
    /** Before an entering start; a build that knows only members takes it for part of an address. */
    private static final String ENTERING = "~";
    private static final int MOST_MEMBERS = 200;
    private static final int MOST_CHARACTERS = 64 << 10;

    /** @throws IllegalArgumentException the id is not one, or there are too many members */
    public LivingCluster {
        Objects.requireNonNull(id, "id");
        if (!id.matches("[A-Za-z0-9-]{1,64}") || members.size() + entering.size() > MOST_MEMBERS) {
            throw new IllegalArgumentException("no cluster: " + id + " with " + members.size() + " members and "
                    + entering.size() + " starts that enter");
        }
        members = Collections.unmodifiableSortedSet(new TreeSet<>(members));
        entering = Collections.unmodifiableSortedSet(new TreeSet<>(entering));
    }

    /** Of these members. */
    public static LivingCluster of(String id, Set<Seat> members) {
        return new LivingCluster(id, new TreeSet<>(members), Collections.emptySortedSet());
    }

    /** For the row. */
    public String text() {
        List<String> words = new ArrayList<>(List.of(VERSION, id));
        members.forEach(member -> words.add(member.text()));
        entering.forEach(start -> words.add(ENTERING + start.text()));
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
        SortedSet<Seat> entering = new TreeSet<>();
        for (String word : List.of(words).subList(2, words.length)) {
            boolean isEntering = word.startsWith(ENTERING);
            Optional<Seat> seat = Seat.of(isEntering ? word.substring(ENTERING.length()) : word);
            if (seat.isEmpty()) {
                return Optional.empty();
            }
            (isEntering ? entering : members).add(seat.get());
        }
        return Optional.of(new LivingCluster(words[1], members, entering));
    }

    /** Members and those who enter. */
    SortedSet<Seat> seats() {
        SortedSet<Seat> seats = new TreeSet<>(members);
        seats.addAll(entering);
        return seats;
    }

    /** Where they are. */
    public SortedSet<String> addresses() {
        return seats().stream().map(Seat::address).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The same cluster, but for whoever was at that address. */
    public LivingCluster without(String address) {
        return new LivingCluster(id, elsewhere(members, address), elsewhere(entering, address));
    }

    private static SortedSet<Seat> elsewhere(SortedSet<Seat> seats, String address) {
        return seats.stream().filter(seat -> !seat.address().equals(address))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The same cluster, and this start, which is to join. */
    public LivingCluster entered(Seat start) {
        SortedSet<Seat> all = new TreeSet<>(entering);
        all.add(start);
        return new LivingCluster(id, members, all);
    }

    boolean shares(Set<Seat> others) {
        return seats().stream().anyMatch(others::contains);
    }
}
