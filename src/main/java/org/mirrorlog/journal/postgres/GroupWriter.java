package org.mirrorlog.journal.postgres;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.CommitHealth;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.JournalCounters;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.Outcomes;
import org.mirrorlog.journal.Turns;

/**
 * The thread {@code mirrorlog-journal} with its connection and its bounded queue: whatever waits becomes one group and
 * one commit. {@link #submit}, {@link #problem} and {@link #close} may be called from any thread.
 */
final class GroupWriter {

    private static final int MOST_REQUESTS_IN_GROUP = 8192;
    private static final int MOST_ATTEMPTS = 3;
    private static final int CLOSE_LIMIT_MS = 10_000;
    private static final int ABORT_LIMIT_MS = 5_000;

    private final Connector connector;
    private final PostgresSettings settings;
    private final JournalCounters counters;
    private final JournalLog log;
    private final LongSupplier nanoClock;
    private final CommitHealth health;
    private final Thread thread;

    private final WriteQueue queue;
    private final WriterSession session;
    private final Turns turns = new Turns();
    private volatile boolean isParked;
    private volatile boolean isClosing;
    private volatile boolean hasEnded;

    GroupWriter(Connector connector, PostgresSettings settings, JournalCounters counters, JournalLog log,
            LongSupplier nanoClock) {
        this.connector = connector;
        this.settings = settings;
        this.counters = counters;
        this.log = log;
        this.nanoClock = nanoClock;
        this.health = connector.health(settings.bounds(), log, nanoClock);
        this.queue = new WriteQueue(settings.bounds().queueBytes());
        this.session = new WriterSession(connector, health, nanoClock);
        this.thread = new Thread(this::run, Journal.THREAD_NAME);
        this.thread.setDaemon(true);
    }

    /** Begins, with a first connection. */
    void start(DatabaseSession first) {
        session.begin(first);
        thread.start();
    }

    /** Why a write would not be taken now. */
    Optional<String> problem() {
        if (hasEnded || isClosing) {
            return Optional.of("journal at " + connector.serverName() + " is closed");
        }
        return health.problem();
    }

    /** As {@link Journal#turns}. */
    long turns() {
        return turns.count();
    }

    /** Whether commits are possible. */
    CommitHealth health() {
        return health;
    }

    void submit(DatabaseWrite request) {
        if (!queue.add(request)) {
            String why = "journal at " + connector.serverName() + " is overloaded: more than " + PostgresSettings.PATH
                    + ".max-queue-bytes = " + settings.bounds().queueBytes() + " wait to be written";
            health.failedAlone(why);
            request.completion().complete(new JournalException(why));
            return;
        }
        if (isParked) {
            LockSupport.unpark(thread);
        }
        if (hasEnded) {
            // The writer may have looked at the queue for the last time before this request was in it.
            queue.drain(this::refuse);
        }
    }

    // --- the writer thread ----------------------------------------------------------------------------------------

    private void run() {
        try {
            write();
        } catch (Throwable e) {
            // The outermost loop: a bug must not leave requests waiting for ever.
            log.error("journal at " + connector.serverName() + ": the writer has ended, every write is refused from"
                    + " now on ("
                    + e + ")");
        } finally {
            hasEnded = true;
            turns.turned();
            queue.drainAll(this::refuse);
            session.close(new JournalException("closed"));
        }
    }

    private void write() {
        List<DatabaseWrite> group = new ArrayList<>();
        while (true) {
            turns.turned();
            if (isClosing && queue.isEmpty()) {
                return;
            }
            // Asked without a request too: so an outage is noticed, and its end.
            if (isThere()) {
                gather(group);
                if (group.isEmpty()) {
                    session.tryOut();
                    waitForRequests();
                } else {
                    commit(group);
                    group.clear();
                }
            }
            if (session.now() == null) {
                if (isClosing) {
                    return;
                }
                failOverdue();
                turns.rests();
                LockSupport.parkNanos(this, health.takeDelayNs());
            }
        }
    }

    /** A connection is made by the driver on a thread of its own, for which this one waits. */
    private boolean isThere() {
        turns.rests();
        try {
            return session.isThere();
        } finally {
            turns.turned();
        }
    }

    /** Takes what waits, in order, up to the size of a group; stops at an append that cannot be in the same group. */
    private void gather(List<DatabaseWrite> group) {
        Map<String, DatabaseWrite.Append> last = new HashMap<>();
        long bytes = 0;
        DatabaseWrite next = queue.next();
        while (next != null && group.size() < MOST_REQUESTS_IN_GROUP
                && (bytes == 0 || bytes + next.bytes() <= settings.bounds().groupBytes())) {
            if (next instanceof DatabaseWrite.Append append) {
                DatabaseWrite.Append earlier = last.put(append.persistenceId(), append);
                if (earlier != null && !AppendStatement.follows(earlier, append)) {
                    return;
                }
            }
            group.add(queue.take());
            bytes += next.bytes();
            next = queue.next();
        }
    }

    private void commit(List<DatabaseWrite> group) {
        Outcomes<DatabaseWrite> outcomes = new Outcomes<>("journal at " + connector.serverName());
        Set<DatabaseWrite> held = Collections.newSetFromMap(new IdentityHashMap<>());
        List<DatabaseWrite.Append> appends = new ArrayList<>(group.size());
        for (DatabaseWrite request : group) {
            if (request instanceof DatabaseWrite.Append append) {
                appends.add(append);
            } else {
                outcomes.done(request);
            }
        }
        health.began();
        try {
            append(appends, new Fate(outcomes, held), 1);
            session.used();
        } finally {
            // Whatever was thrown: who was not seen to be durable hears that nobody knows.
            health.ended();
            outcomes.tell(queue.putBack(group, held), (request, failure) -> request.completion().complete(failure),
                    log);
        }
    }

    /** What becomes of a group: who is told what, and what is sent again. */
    private record Fate(Outcomes<DatabaseWrite> outcomes, Set<DatabaseWrite> held) {
    }

    /** Appends a group and notes what failed; what the server undid as a whole is tried again, or one by one. */
    private void append(List<DatabaseWrite.Append> appends, Fate fate, int attempt) {
        if (appends.isEmpty()) {
            return;
        }
        if (session.isRefused()) {
            fate.held().addAll(appends);
            return;
        }
        if (session.now() == null) {
            fail(appends, fate.outcomes(), "the connection was lost before this append was sent: nothing of it was"
                    + " written");
            return;
        }
        long beganNs = nanoClock.getAsLong();
        try {
            AppendStatement.Result result = AppendStatement.run(session.now(), appends);
            note(appends, result, fate.outcomes(), nanoClock.getAsLong() - beganNs);
        } catch (JournalException e) {
            refused(appends, fate, e.getMessage(), e);
        } catch (SQLException e) {
            if (SqlErrors.isConnectionLost(e)) {
                session.leave(SqlErrors.reason(e), e);
                fail(appends, fate.outcomes(), SqlErrors.reason(e) + ": whether it was written is unknown");
            } else if (SqlErrors.isTransient(e) && attempt < MOST_ATTEMPTS) {
                append(appends, fate, attempt + 1);
            } else if (SqlErrors.isOfAnotherSession(e)) {
                refused(appends, fate, DatabaseSession.pooled(SqlErrors.reason(e)).getMessage(), e);
            } else if (SqlErrors.isForEveryStatement(e)) {
                refused(appends, fate, SqlErrors.reason(e), e);
            } else if (appends.size() > 1) {
                byLog(appends).forEach(one -> append(one, fate, MOST_ATTEMPTS));
            } else {
                health.failedAlone("append to " + appends.get(0).persistenceId() + " failed: " + SqlErrors.reason(e));
                fail(appends, fate.outcomes(), SqlErrors.reason(e) + ": nothing of it was written");
            }
        }
    }

    /** Nothing of it was written, and nothing of anybody else would be: it is held, and another connection made. */
    private void refused(List<DatabaseWrite.Append> appends, Fate fate, String why, Exception cause) {
        fate.held().addAll(appends);
        session.refused(why, cause);
    }

    /** The group in parts that can only fail for themselves. */
    private static List<List<DatabaseWrite.Append>> byLog(List<DatabaseWrite.Append> appends) {
        Map<String, List<DatabaseWrite.Append>> logs = new LinkedHashMap<>();
        appends.forEach(append -> logs.computeIfAbsent(append.persistenceId(), id -> new ArrayList<>()).add(append));
        if (logs.size() > 1) {
            return List.copyOf(logs.values());
        }
        return appends.stream().map(List::of).toList();
    }

    private void note(List<DatabaseWrite.Append> appends, AppendStatement.Result result,
            Outcomes<DatabaseWrite> outcomes, long durationNs) {
        long bytes = 0;
        for (DatabaseWrite.Append append : appends) {
            if (result.note(append, outcomes)) {
                session.committed();
                counters.appended(append.events().size());
                bytes += append.bytes();
            } else if (result.refused().containsKey(append.persistenceId())) {
                counters.refused();
            } else {
                fail(List.of(append), outcomes,
                        "the server's answer does not name the log: whether it was written is unknown");
            }
        }
        counters.committed(bytes, durationNs);
    }

    private void fail(List<DatabaseWrite.Append> appends, Outcomes<DatabaseWrite> outcomes, String why) {
        for (DatabaseWrite.Append append : appends) {
            counters.failed();
            outcomes.failed(append, new JournalException("append to " + append.persistenceId() + " at sequence number "
                    + append.firstSequenceNr() + " failed: journal at " + connector.serverName() + ": " + why));
        }
    }

    /** While the server is away: what waited for too long fails, cleanly, since it was never sent. */
    private void failOverdue() {
        long holdNs = settings.bounds().holdFor().toNanos();
        DatabaseWrite next = queue.next();
        while (next != null
                && (next instanceof DatabaseWrite.Barrier || nanoClock.getAsLong() - next.sinceNs() > holdNs)) {
            queue.take();
            if (next instanceof DatabaseWrite.Append append) {
                Outcomes<DatabaseWrite> outcomes = new Outcomes<>("journal at " + connector.serverName());
                fail(List.of(append), outcomes, "it cannot be used for longer than " + PostgresSettings.PATH
                        + ".hold-for: nothing of it was written");
                append.completion().complete(outcomes.of(append));
            } else {
                next.completion().complete(null);
            }
            next = queue.next();
        }
    }

    private void refuse(DatabaseWrite request) {
        request.completion().complete(new JournalException("journal at " + connector.serverName() + " is closed"));
    }

    /** Waits for a request, or until the connection is due to be looked at. */
    private void waitForRequests() {
        isParked = true;
        turns.rests();
        // Looked at again after the flag is set: a request added before that has not unparked us.
        if (queue.isEmpty() && !isClosing && session.now() != null) {
            LockSupport.parkNanos(this, session.restNs());
        }
        isParked = false;
        turns.turned();
    }

    // --- the end --------------------------------------------------------------------------------------------------

    /** Writes what waits if the server answers soon, then ends the thread. Idempotent. */
    void close() {
        isClosing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_LIMIT_MS);
            DatabaseSession hanging = session.now();
            if (thread.isAlive() && hanging != null) {
                log.warn("journal at " + connector.serverName() + " does not answer while it is closed; what was under"
                        + " way has an unknown outcome");
                hanging.connection().abort(Runnable::run);
                thread.join(ABORT_LIMIT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            log.warn("journal at " + connector.serverName() + " closed with an error (" + SqlErrors.reason(e) + ")");
        }
    }
}
