package org.mirrorlog.journal.postgres;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalLog;

/**
 * Everything but appends: a few threads with a connection each, and a bounded queue. Work that the loss of a connection
 * interrupts is done again, so it must be repeatable, or say that it is not. Thread safe.
 */
final class Background {

    private static final int MOST_WAITING = 4096;
    private static final int CLOSE_LIMIT_MS = 5_000;

    private final Connector connector;
    private final PostgresSettings.Bounds bounds;
    private final JournalLog log;
    private final LongSupplier nanoClock;
    private final BlockingQueue<Task<?>> queue = new ArrayBlockingQueue<>(MOST_WAITING);
    private final List<Worker> workers = new ArrayList<>();
    private volatile boolean isClosing;

    /** @param name of its threads, before their numbers */
    Background(Connector connector, String name, JournalLog log, LongSupplier nanoClock) {
        this.connector = connector;
        this.bounds = connector.settings().bounds();
        this.log = log;
        this.nanoClock = nanoClock;
        for (int i = 1; i <= connector.settings().connections(); i++) {
            workers.add(new Worker(name + i));
        }
    }

    /** What is to be done with a connection in autocommit. */
    @FunctionalInterface
    interface Work<T> {
        T run(Connection connection) throws SQLException, IOException;
    }

    /** Ends work that must not be done a second time. */
    static final class NotRepeatable extends IOException {

        private static final long serialVersionUID = 1L;

        NotRepeatable(SQLException cause) {
            super(SqlErrors.reason(cause), cause);
        }
    }

    /** For the cluster's row alone, which must not wait behind what takes longer, nor for as long. */
    static Background ofRow(Connector connector, JournalLog log, LongSupplier nanoClock) {
        return new Background(connector.ofRow(), "mirrorlog-journal-row-", log, nanoClock);
    }

    private record Task<T>(String what, Work<T> work, CompletableFuture<T> result, long sinceNs) {

        void fail(IOException failure) {
            result.completeExceptionally(failure);
        }
    }

    void start() {
        workers.forEach(worker -> worker.thread.start());
    }

    /** @param what for the message if it fails */
    <T> CompletionStage<T> submit(String what, Work<T> work) {
        Task<T> task = new Task<>(what, work, new CompletableFuture<>(), nanoClock.getAsLong());
        if (isClosing) {
            task.fail(closed(what));
        } else if (!queue.offer(task)) {
            task.fail(new JournalException(what + " refused: journal at " + connector.serverName() + " has "
                    + MOST_WAITING
                    + " others waiting"));
        } else if (isClosing) {
            // The workers may have looked at the queue for the last time before this task was in it.
            failWaiting();
        }
        return task.result();
    }

    private JournalException closed(String what) {
        return new JournalException(what + " failed: journal at " + connector.serverName() + " is closed");
    }

    private void failWaiting() {
        for (Task<?> task = queue.poll(); task != null; task = queue.poll()) {
            task.fail(closed(task.what()));
        }
    }

    void close() {
        isClosing = true;
        workers.forEach(worker -> worker.thread.interrupt());
        for (Worker worker : workers) {
            try {
                worker.thread.join(CLOSE_LIMIT_MS);
                worker.abortIfAlive();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        failWaiting();
    }

    /** One thread and its connection. */
    private final class Worker {

        private final Thread thread;
        private final CommitHealth health;
        private final KeptSession session = new KeptSession(connector, nanoClock);

        Worker(String name) {
            thread = new Thread(this::run, name);
            thread.setDaemon(true);
            // The writer tells the operator; these only count their delays.
            health = connector.health(bounds, Silence.INSTANCE, nanoClock);
        }

        private void run() {
            try {
                while (!isClosing) {
                    run(queue.take());
                }
            } catch (InterruptedException e) {
                // Only close() interrupts.
                Thread.currentThread().interrupt();
            } finally {
                session.close(new JournalException("closed"));
            }
        }

        private <T> void run(Task<T> task) {
            while (true) {
                try {
                    connect();
                    task.result().complete(task.work().run(session.now().connection()));
                    return;
                } catch (SQLException e) {
                    if (!SqlErrors.isConnectionLost(e) && !SqlErrors.isTransient(e)
                            && !SqlErrors.isOfThisSession(e)) {
                        task.fail(failure(task, SqlErrors.reason(e), e));
                        return;
                    }
                    if (isGivenUp(task, SqlErrors.reason(e), e)) {
                        return;
                    }
                } catch (NotRepeatable e) {
                    session.close(e);
                    task.fail(failure(task, e.getMessage(), e));
                    return;
                } catch (JournalException e) {
                    if (session.now() != null) {
                        task.fail(e);
                        return;
                    }
                    if (isGivenUp(task, e.getMessage(), e)) {
                        return;
                    }
                } catch (IOException | RuntimeException e) {
                    session.close(e);
                    task.fail(failure(task, e.toString(), e));
                    return;
                } catch (Throwable e) {
                    // The outermost loop: nobody waits for ever, nor is there one worker less from now on.
                    session.close(new JournalException("after " + e, e));
                    task.fail(failure(task, e.toString(), e));
                    thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
                    return;
                }
            }
        }

        /** One that is of no use any more is left for another. */
        private void connect() throws SQLException, JournalException {
            if (session.now() != null) {
                try {
                    session.checkRested();
                } catch (SQLException | JournalException e) {
                    session.close(e);
                }
            }
            if (session.now() == null) {
                session.open();
                health.succeeded();
            }
            session.used();
        }

        /** After a connection was lost, or could not be made: waits before the next attempt, or fails the task. */
        private boolean isGivenUp(Task<?> task, String reason, Exception cause) {
            session.close(cause);
            health.failed(reason);
            if (isClosing || nanoClock.getAsLong() - task.sinceNs() > bounds.holdFor().toNanos()) {
                task.fail(failure(task, reason, cause));
                return true;
            }
            LockSupport.parkNanos(this, health.takeDelayNs());
            return false;
        }

        private JournalException failure(Task<?> task, String reason, Throwable cause) {
            return new JournalException(task.what() + " failed: journal at " + connector.serverName() + ": " + reason,
                    cause);
        }

        private void abortIfAlive() {
            DatabaseSession hanging = session.now();
            if (thread.isAlive() && hanging != null) {
                try {
                    hanging.connection().abort(Runnable::run);
                } catch (SQLException e) {
                    log.warn("journal at " + connector.serverName() + " closed with an error (" + SqlErrors.reason(e)
                            + ")");
                }
            }
        }
    }

    /** Says nothing. */
    private enum Silence implements JournalLog {
        INSTANCE;

        @Override
        public void info(String line) {
            // Told by the writer.
        }

        @Override
        public void warn(String line) {
            // Told by the writer.
        }

        @Override
        public void error(String line) {
            // Told by the writer.
        }
    }
}
