package org.mirrorlog.membership;

import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;

/**
 * One start of a daemon, as a member of a cluster.
 *
 * @param address {@code host:port} under which the others reach it
 * @param start a number of this start, drawn at random: tells it from another one at the same address
 */
public record Seat(String address, long start) implements Comparable<Seat> {
    private static final Comparator<Seat> ORDER = Comparator.comparing(Seat::address).thenComparingLong(Seat::start);
    private static final char SEPARATOR = '#';
    private static final int MOST_CHARACTERS = 300;
    private static final int HEX = 16;

    public Seat {
        Objects.requireNonNull(address, "address");
    }

    /** Without blanks. */
    String text() {
        return address + SEPARATOR + Long.toHexString(start);
    }

    /** What {@link #text} has made; empty if it is nothing of that kind. */
    static Optional<Seat> of(String text) {
        int end = text.lastIndexOf(SEPARATOR);
        if (text.length() > MOST_CHARACTERS || end < 1 || !text.substring(0, end).matches("[!-~]+:[0-9]{1,5}")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Seat(text.substring(0, end), Long.parseUnsignedLong(text.substring(end + 1), HEX)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    @Override
    public int compareTo(Seat other) {
        return ORDER.compare(this, other);
    }
}
