package org.mirrorlog.journal.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.JournalCounters;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.Outcomes;

/**
 * The thread {@code mirrorlog-journal} with its connection and its bounded queue: whatever waits becomes one group and
 * one commit. {@link #submit}, {@link #problem} and {@link #close} may be called from any thread.
 */
final class GroupWriter {

    private static final int MOST_REQUESTS_IN_GROUP = 8192;
    private static final int MOST_ATTEMPTS = 3;
    private static final int CLOSE_LIMIT_MS = 10_000;
    private static final int ABORT_LIMIT_MS = 5_000;
    /** A connection that rested for so long is looked at before it is used: the server may have gone meanwhile. */
    private static final long RESTED_NS = Duration.ofSeconds(1).toNanos();
    /** How often a connection without requests is looked at. */
    private static final long PROBE_NS = Duration.ofSeconds(5).toNanos();

    private final Connector connector;
    private final PostgresSettings settings;
    private final JournalCounters counters;
    private final JournalLog log;
    private final LongSupplier nanoClock;
    private final Outage outage;
    private final Thread thread;

    private final Queue<WriteRequest> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private volatile boolean isParked;
    private volatile boolean isClosing;
    private volatile boolean hasEnded;
    private volatile boolean isGroupUnderWay;
    private volatile long groupBeganNs;
    /** Set by the writer only; {@link #close} aborts it. */
    private volatile Connection connection;
    private long usedNs;

    GroupWriter(Connector connector, PostgresSettings settings, JournalCounters counters, JournalLog log,
            LongSupplier nanoClock) {
        this.connector = connector;
        this.settings = settings;
        this.counters = counters;
        this.log = log;
        this.nanoClock = nanoClock;
        this.outage = new Outage(connector.serverName(), settings.bounds().longestDelay(), log, nanoClock);
        this.thread = new Thread(this::run, "mirrorlog-journal");
        this.thread.setDaemon(true);
    }

    /** Begins, with a first connection. */
    void start(Connection first) {
        connection = first;
        usedNs = nanoClock.getAsLong();
        thread.start();
    }

    /** Why a write would not be taken now. */
    Optional<String> problem() {
        if (hasEnded || isClosing) {
            return Optional.of("journal at " + connector.serverName() + " is closed");
        }
        long underWayNs = nanoClock.getAsLong() - groupBeganNs;
        if (isGroupUnderWay && underWayNs > settings.bounds().stalledAfter().toNanos()) {
            return Optional.of("journal at " + connector.serverName() + " has not answered a commit since "
                    + underWayNs / 1_000_000 + " ms");
        }
        return outage.problem(settings.bounds().stalledAfter());
    }

    void submit(WriteRequest request) {
        long bytes = request.bytes();
        if (queuedBytes.addAndGet(bytes) > settings.bounds().queueBytes()) {
            queuedBytes.addAndGet(-bytes);
            request.completion().complete(new JournalException("journal at " + connector.serverName()
                    + " is overloaded: more than " + PostgresSettings.PATH + ".max-queue-bytes = " + settings.bounds()
                    .queueBytes()
                    + " wait to be written"));
            return;
        }
        queue.add(request);
        if (isParked) {
            LockSupport.unpark(thread);
        }
        if (hasEnded) {
            // The writer may have looked at the queue for the last time before this request was in it.
            failWaiting();
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
            failWaiting();
            disconnect(new JournalException("closed"));
        }
    }

    private void write() {
        List<WriteRequest> group = new ArrayList<>();
        while (true) {
            if (isClosing && queue.isEmpty()) {
                return;
            }
            // Asked without a request too: so an outage is noticed, and its end.
            if (isConnected()) {
                gather(group);
                if (group.isEmpty()) {
                    waitForRequests();
                } else {
                    commit(group);
                    group.clear();
                }
            } else if (isClosing) {
                return;
            } else {
                failOverdue();
                LockSupport.parkNanos(this, outage.takeDelayNs());
            }
        }
    }

    /** Whether there is a connection to use; connects if there is none. */
    private boolean isConnected() {
        try {
            long restedNs = nanoClock.getAsLong() - usedNs;
            if (connection != null && restedNs > RESTED_NS
                    && !connection.isValid((int) settings.server().connectTimeout().toSeconds())) {
                disconnect(new JournalException("the connection was lost while it rested"));
            }
            if (connection == null) {
                connection = connector.open();
                outage.ended();
                restedNs = RESTED_NS + 1;
            }
            if (restedNs > RESTED_NS) {
                usedNs = nanoClock.getAsLong();
            }
            return true;
        } catch (SQLException e) {
            outage.failed(SqlErrors.reason(e));
        } catch (JournalException e) {
            outage.failed(e.getMessage());
        }
        return false;
    }

    private void disconnect(Exception cause) {
        Connection lost = connection;
        connection = null;
        if (lost != null) {
            Connector.closeQuietly(lost, cause);
        }
    }

    /** Takes what waits, in order, up to the size of a group; stops at an append that cannot be in the same group. */
    private void gather(List<WriteRequest> group) {
        Map<String, WriteRequest.Append> last = new HashMap<>();
        long bytes = 0;
        WriteRequest next = queue.peek();
        while (next != null && group.size() < MOST_REQUESTS_IN_GROUP
                && (bytes == 0 || bytes + next.bytes() <= settings.bounds().groupBytes())) {
            if (next instanceof WriteRequest.Append append) {
                WriteRequest.Append earlier = last.put(append.persistenceId(), append);
                if (earlier != null && !AppendStatement.follows(earlier, append)) {
                    return;
                }
            }
            group.add(take());
            bytes += next.bytes();
            next = queue.peek();
        }
    }

    private WriteRequest take() {
        WriteRequest taken = queue.poll();
        queuedBytes.addAndGet(-taken.bytes());
        return taken;
    }

    private void commit(List<WriteRequest> group) {
        Outcomes<WriteRequest> outcomes = new Outcomes<>("journal at " + connector.serverName());
        List<WriteRequest.Append> appends = new ArrayList<>(group.size());
        for (WriteRequest request : group) {
            if (request instanceof WriteRequest.Append append) {
                appends.add(append);
            } else {
                outcomes.done(request);
            }
        }
        groupBeganNs = nanoClock.getAsLong();
        isGroupUnderWay = true;
        try {
            append(appends, outcomes, 1);
            usedNs = nanoClock.getAsLong();
        } finally {
            // Whatever was thrown: who was not seen to be durable hears that nobody knows.
            isGroupUnderWay = false;
            outcomes.tell(group, (request, failure) -> request.completion().complete(failure), log);
        }
    }

    /** Appends a group and notes what failed; what the server undid as a whole is tried again, or one by one. */
    private void append(List<WriteRequest.Append> appends, Outcomes<WriteRequest> outcomes, int attempt) {
        if (appends.isEmpty()) {
            return;
        }
        if (connection == null) {
            fail(appends, outcomes, "the connection was lost before this append was sent: nothing of it was written");
            return;
        }
        long beganNs = nanoClock.getAsLong();
        try {
            AppendStatement.Result result = AppendStatement.run(connection, appends);
            note(appends, result, outcomes, nanoClock.getAsLong() - beganNs);
        } catch (SQLException e) {
            if (SqlErrors.isConnectionLost(e)) {
                disconnect(e);
                outage.failed(SqlErrors.reason(e));
                unknown(appends, outcomes, SqlErrors.reason(e));
            } else if (SqlErrors.isTransient(e) && attempt < MOST_ATTEMPTS) {
                append(appends, outcomes, attempt + 1);
            } else if (appends.size() > 1 && !SqlErrors.isForEveryStatement(e)) {
                byLog(appends).forEach(one -> append(one, outcomes, MOST_ATTEMPTS));
            } else {
                fail(appends, outcomes, SqlErrors.reason(e) + ": nothing of it was written");
            }
        }
    }

    /** The group in parts that can only fail for themselves. */
    private static List<List<WriteRequest.Append>> byLog(List<WriteRequest.Append> appends) {
        Map<String, List<WriteRequest.Append>> logs = new LinkedHashMap<>();
        appends.forEach(append -> logs.computeIfAbsent(append.persistenceId(), id -> new ArrayList<>()).add(append));
        if (logs.size() > 1) {
            return List.copyOf(logs.values());
        }
        return appends.stream().map(List::of).toList();
    }

    private void note(List<WriteRequest.Append> appends, AppendStatement.Result result,
            Outcomes<WriteRequest> outcomes, long durationNs) {
        long bytes = 0;
        for (WriteRequest.Append append : appends) {
            if (result.note(append, outcomes)) {
                counters.appended(append.events().size());
                bytes += append.bytes();
            } else if (result.refused().containsKey(append.persistenceId())) {
                counters.refused();
            } else {
                unknown(List.of(append), outcomes, "the server's answer does not name the log");
            }
        }
        counters.committed(bytes, durationNs);
    }

    private void unknown(List<WriteRequest.Append> appends, Outcomes<WriteRequest> outcomes, String why) {
        fail(appends, outcomes, why + ": whether it was written is unknown");
    }

    private void fail(List<WriteRequest.Append> appends, Outcomes<WriteRequest> outcomes, String why) {
        for (WriteRequest.Append append : appends) {
            counters.failed();
            outcomes.failed(append, new JournalException("append to " + append.persistenceId() + " at sequence number "
                    + append.firstSequenceNr() + " failed: journal at " + connector.serverName() + ": " + why));
        }
    }

    /** While the server is away: what waited for too long fails, cleanly, since it was never sent. */
    private void failOverdue() {
        long holdNs = settings.bounds().holdFor().toNanos();
        WriteRequest next = queue.peek();
        while (next != null
                && (next instanceof WriteRequest.Barrier || nanoClock.getAsLong() - next.sinceNs() > holdNs)) {
            take();
            if (next instanceof WriteRequest.Append append) {
                Outcomes<WriteRequest> outcomes = new Outcomes<>("journal at " + connector.serverName());
                fail(List.of(append), outcomes, "it cannot be used for longer than " + PostgresSettings.PATH
                        + ".hold-for: nothing of it was written");
                append.completion().complete(outcomes.of(append));
            } else {
                next.completion().complete(null);
            }
            next = queue.peek();
        }
    }

    private void failWaiting() {
        WriteRequest request = queue.poll();
        while (request != null) {
            queuedBytes.addAndGet(-request.bytes());
            request.completion().complete(new JournalException("journal at " + connector.serverName() + " is closed"));
            request = queue.poll();
        }
    }

    /** Waits for a request, or until the connection is due to be looked at. */
    private void waitForRequests() {
        isParked = true;
        // Looked at again after the flag is set: a request added before that has not unparked us.
        if (queue.isEmpty() && !isClosing) {
            LockSupport.parkNanos(this, PROBE_NS);
        }
        isParked = false;
    }

    // --- the end --------------------------------------------------------------------------------------------------

    /** Writes what waits if the server answers soon, then ends the thread. Idempotent. */
    void close() {
        isClosing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_LIMIT_MS);
            Connection hanging = connection;
            if (thread.isAlive() && hanging != null) {
                log.warn("journal at " + connector.serverName() + " does not answer while it is closed; what was under"
                        + " way has an unknown outcome");
                hanging.abort(Runnable::run);
                thread.join(ABORT_LIMIT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            log.warn("journal at " + connector.serverName() + " closed with an error (" + SqlErrors.reason(e) + ")");
        }
    }
}
