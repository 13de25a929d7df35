package org.mirrorlog.journal;

import java.io.IOException;
import java.util.List;

/** Something that waits for the writer. */
sealed interface WriteRequest {

    /** Told exactly once, on the writer thread (or at once if the queue is full). Must neither block nor throw. */
    @FunctionalInterface
    interface Completion {

        /** @param failure null if the request is on disk; else why it is not, or why that is unknown */
        void complete(IOException failure);
    }

    Completion completion();

    /** Bytes in the file. */
    int encodedBytes();

    /** Events right after {@code firstSequenceNr - 1}, all or none (rule D1). Does not copy the events. */
    record Append(String persistenceId, byte[] id, long firstSequenceNr, List<byte[]> events, Completion completion)
            implements WriteRequest {

        static Append of(String persistenceId, long firstSequenceNr, List<byte[]> events, Completion completion) {
            return new Append(persistenceId, RecordBodies.utf8(persistenceId), firstSequenceNr, events, completion);
        }

        long lastSequenceNr() {
            return firstSequenceNr + events.size() - 1;
        }

        @Override
        public int encodedBytes() {
            return RecordCodec.totalBytes(RecordBodies.eventsBytes(id, events));
        }
    }

    /** Deletes events up to a sequence number, at most up to the head. */
    record Delete(String persistenceId, byte[] id, long toSequenceNr, Completion completion) implements WriteRequest {

        static Delete of(String persistenceId, long toSequenceNr, Completion completion) {
            return new Delete(persistenceId, RecordBodies.utf8(persistenceId), toSequenceNr, completion);
        }

        @Override
        public int encodedBytes() {
            return RecordCodec.totalBytes(RecordBodies.deletedBytes(id));
        }
    }

    /** Completes when everything that was waiting before it is decided. */
    record Barrier(Completion completion) implements WriteRequest {

        @Override
        public int encodedBytes() {
            return 0;
        }
    }
}
