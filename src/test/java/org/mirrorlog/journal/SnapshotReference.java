package org.mirrorlog.journal;

/** A journal as its snapshots see it: one head for all logs. */
record SnapshotReference(JournalId id, long head) implements SnapshotFiles.Reference {

    @Override
    public long headSequenceNr(String persistenceId) {
        return head;
    }
}
