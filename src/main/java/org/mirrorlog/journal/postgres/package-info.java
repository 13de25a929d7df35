/**
 * The journal and snapshot store of a cluster: Akka Persistence plugins on PostgreSQL, or an engine that speaks its
 * wire protocol. The tables are those of deploy/postgresql/schema.sql.
 *
 * <p><b>Appends.</b> One thread, {@code mirrorlog-journal}, appends through one connection: whatever waits becomes one
 * statement and one commit. A log has a row for its head, which deletion never touches: the statement moves the heads
 * that are where the owners believe them to be, adds the events of those, and tells which (rule D1). It waits for no
 * lock: a head that another writer is moving refuses the append, so a log with two owners never holds up another log.
 *
 * <p><b>Outcomes.</b> An append is accepted once the server has said that its commit is done, and not before: commits
 * are synchronous, and a server that would lose one is refused or warned of (rule D2). An append whose answer got lost
 * fails, and nothing is claimed about it; its owner replays. While the server is away, appends that were not sent are
 * held, up to a bound.
 *
 * <p><b>Everything else</b> (replays, deletions, snapshots) runs on a few threads with a connection each.
 *
 * <p><b>Layers.</b> {@link org.mirrorlog.journal.postgres.Connector} makes checked connections;
 * {@link org.mirrorlog.journal.postgres.AppendStatement}, {@link org.mirrorlog.journal.postgres.EventRows} and
 * {@link org.mirrorlog.journal.postgres.SnapshotRows} hold the SQL;
 * {@link org.mirrorlog.journal.postgres.GroupWriter} and {@link org.mirrorlog.journal.postgres.Background} the threads;
 * {@link org.mirrorlog.journal.postgres.PostgresJournal} is all of them. Only the plugins and the provider know Akka.
 * May import the JDK, Akka, the JDBC driver and the room {@code journal}.
 */
package org.mirrorlog.journal.postgres;
