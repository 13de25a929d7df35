/**
 * The embedded default journal and snapshot store: Akka Persistence plugins on local files under the data directory.
 *
 * <p><b>Journal.</b> Append-only segment files, one record per atomic write, CRC32C over every record. One thread,
 * {@code mirrorlog-journal}, does all writing: whatever waits is written as one group by one write and one
 * {@code fdatasync}, and only then are the writers answered. An append is accepted only if it starts exactly after the
 * head of its persistence id (rule D1); heads outlive deletion and compaction.
 *
 * <p><b>Snapshots.</b> One file per snapshot, complete and forced before it gets its name.
 *
 * <p><b>Layers.</b> {@link org.mirrorlog.journal.Storage} is the only door to files, so that faults can be injected.
 * {@link org.mirrorlog.journal.JournalCore} is the journal without threads; {@link
 * org.mirrorlog.journal.SegmentJournal} gives it its thread and queue; {@link org.mirrorlog.journal.JournalPlugin},
 * {@link org.mirrorlog.journal.SnapshotPlugin} and {@link org.mirrorlog.journal.JournalExtension} are the only classes
 * that know Akka.
 *
 * <p><b>What it relies on.</b> A sector of 512 bytes is written wholly or not at all, and a successful
 * {@code fdatasync} means that the data survives a power failure.
 *
 * <p><b>Threads.</b> {@code JournalCore} mutates on the writer thread only; its index may be read from any thread.
 * Replays read on their caller's thread, through files of their own. May import the JDK and Akka.
 */
package org.mirrorlog.journal;
