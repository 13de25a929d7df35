package org.mirrorlog.journal.postgres;

import java.io.IOException;
import java.util.List;

/** Something that waits for the writer. */
sealed interface DatabaseWrite {

    /** Told exactly once, on the writer thread (or at once if nothing can be queued). Must neither block nor throw. */
    @FunctionalInterface
    interface Completion {

        /** @param failure null if the request is durable; else why it is not, or why that is unknown */
        void complete(IOException failure);
    }

    Completion completion();

    /** What it weighs in a group and in the queue. */
    long bytes();

    /** When it was submitted, by the journal's clock. */
    long sinceNs();

    /**
     * Events right after {@code firstSequenceNr - 1}, all or none (rule D1). Does not copy the events.
     *
     * @param writer who appends; becomes the fence of the head
     * @param seenWriter who had appended last when this log was replayed here; null if that is not known
     */
    record Append(String persistenceId, String writer, String seenWriter, long firstSequenceNr, List<byte[]> events,
            Completion completion, long sinceNs) implements DatabaseWrite {

        private static final int EVENT_OVERHEAD_BYTES = 64;
        private static final int OVERHEAD_BYTES = 256;

        long lastSequenceNr() {
            return firstSequenceNr + events.size() - 1;
        }

        @Override
        public long bytes() {
            long bytes = OVERHEAD_BYTES;
            for (byte[] event : events) {
                bytes += event.length + EVENT_OVERHEAD_BYTES;
            }
            return bytes;
        }
    }

    /** Completes when everything that was waiting before it is decided. */
    record Barrier(Completion completion, long sinceNs) implements DatabaseWrite {

        @Override
        public long bytes() {
            return 256;
        }
    }
}
