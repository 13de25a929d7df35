package org.mirrorlog.instance;

/**
 * What this machine has heard of each log, over daemon starts and boots: the number of the last commit in an answer,
 * and in whose time it was. An owner whose history is shorter finds out by it (D2), also when every process that heard
 * more has ended. One thread at a time.
 */
public interface HeardNumbers {
    /** Nothing is remembered. */
    HeardNumbers NONE = new HeardNumbers() {
        @Override
        public Last last(String uuid) {
            return Last.NEVER;
        }

        @Override
        public void reserve(String uuid) {
            // Nothing will be noted.
        }

        @Override
        public Log of(String uuid) {
            return (number, term) -> { };
        }
    };

    /**
     * What was heard last.
     *
     * @param number of the log's last commit in that answer; 0 if the log was never heard of
     * @param term whose answer it was
     */
    record Last(long number, long term) {
        /** Of a log that was never heard of here. */
        public static final Last NEVER = new Last(0, 0);
        /** Of a log that may have been heard of, nobody knows how much: of one commit at least. */
        public static final Last DOUBTFUL = new Last(1, 0);

        /** This, or the other if nothing was heard. */
        Last or(Last other) {
            return number > 0 ? this : other;
        }
    }

    /** What was heard last of this log. Where that cannot be told, it counts as heard of. */
    Last last(String uuid);

    /**
     * Takes all the room that this log's number will ever need, now or soon.
     *
     * @throws java.io.UncheckedIOException there is none now
     */
    void reserve(String uuid);

    /** The place of one log, for as long as this daemon runs. */
    Log of(String uuid);

    /** The place of one log. */
    interface Log {
        /**
         * Remembers an answer, over the death of the daemon and that of the machine soon. A disk that fails makes it
         * remember less, and nobody wait. Called with each answer that tells something new: it looks for nothing.
         */
        void note(long number, long term);
    }
}
