package org.mirrorlog.journal;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * One row of a shared journal in which a cluster says that it lives. It has a text and a time at which it expires, by
 * the clock of the journal's server alone. Nothing true rests on it: it only keeps two clusters from holding each
 * other's logs up. All methods may be called from any thread; what they return fails if the journal cannot be asked.
 */
public interface ClusterRow {

    /**
     * A journal waits for an answer about the row for so long, whatever bounds it has else, before it tries another
     * connection, or says that it cannot be asked: whoever renews the row later than others expect looks dead.
     */
    Duration LONGEST_ANSWER = Duration.ofSeconds(3);

    /** Likewise, for a connection to be made, be it that the first of its servers is dead. */
    Duration LONGEST_CONNECT = Duration.ofSeconds(2);

    /** Likewise, between two attempts. */
    Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /**
     * What the row says.
     *
     * @param text what was written; empty: there is no row
     * @param stamp tells two writings of one text apart
     * @param left until it expires; zero or less: it has. Of no meaning without a text
     */
    record Seen(Optional<String> text, long stamp, Duration left) {

        /** No row. */
        public static final Seen NOTHING = new Seen(Optional.empty(), 0, Duration.ZERO);

        public Seen {
            Objects.requireNonNull(text, "text");
            Objects.requireNonNull(left, "left");
        }

        /** Whether it is there, and has not expired. */
        public boolean isLiving() {
            return text.isPresent() && !left.isNegative() && !left.isZero();
        }
    }

    /** Where it is kept, for people who may have to look there. */
    default String where() {
        return "row cluster of the journal";
    }

    /** What it says now. */
    CompletionStage<Seen> read();

    /**
     * Writes, if the row is still as it was seen.
     *
     * @param seen as somebody has {@link #read} it
     * @param living for how long, from now; empty: until when it had been
     * @return what it says afterwards, whoever has written that
     */
    CompletionStage<Seen> replace(Seen seen, String text, Optional<Duration> living);

    /** One that is open for itself, without the rest of the journal. */
    interface Opened extends ClusterRow, AutoCloseable {
        /** In which journal, for people. */
        String place();

        @Override
        void close();
    }
}
