package org.mirrorlog.instance;

import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;

/** How an instance gets from one {@link Phase} to the next: suspend, resume, rejoin, destruction (protocol 3.3). */
final class InstanceLifecycle {
    private final LogInstance instance;
    private final LogSpec spec;
    private final RoundStream rounds;
    private final Session session;
    private final ReconnectGuard guard;
    /** RESUMEs and POSTSUSPENDs that wait for the same end. */
    private final Copies resumers = new Copies();
    private final Copies leavers = new Copies();
    private boolean isResumeOfReconnect;
    private final Destruction destruction;

    InstanceLifecycle(LogInstance instance, RoundStream rounds, Session session, ReconnectGuard guard) {
        this.instance = instance;
        this.spec = instance.spec();
        this.rounds = rounds;
        this.session = session;
        this.guard = guard;
        this.destruction = new Destruction(instance, rounds);
    }

    private Memory memory() {
        return instance.memory();
    }

    private void reach(Phase phase) {
        instance.remember(new RecordChange.Reached(phase));
    }

    // --- suspend --------------------------------------------------------------------------------------------------

    void presuspend(Call call) {
        if (memory().phase() == Phase.SUSPENDED) {
            call.reply(Reply.failure(Errno.EINVAL));
            return;
        }
        if (memory().phase() == Phase.ACTIVE) {
            reach(Phase.PRESUSPENDED);
        }
        if (memory().slot() < 0) {
            call.reply(Reply.done());
            return;
        }
        rounds.add(Task.of(call, () -> memory().phase() == Phase.PRESUSPENDED ? new Ask.Halt() : null, answer -> {
            instance.remember(new RecordChange.Slot(-1));
            call.reply(Reply.done());
        }), instance.nowMs());
    }

    void postsuspend(Call call) {
        if (memory().phase() == Phase.SUSPENDED) {
            call.reply(Reply.done());
            return;
        }
        leavers.add(call);
        if (memory().phase().isInSession() || memory().phase() == Phase.JOINING) {
            resumers.clear();
            leave();
        }
    }

    private void leave() {
        rounds.dropCalls();
        reach(Phase.LEAVING);
        rounds.add(Task.own(() -> memory().phase() == Phase.LEAVING ? new Ask.Leave() : null, answer -> {
            instance.remember(new RecordChange.Slot(-1));
            instance.remember(new RecordChange.Exposed(false));
            guard.ends();
            reach(Phase.SUSPENDED);
            leavers.replyAll(Reply.done());
            if (!resumers.isEmpty()) {
                join();
            }
        }), instance.nowMs());
    }

    // --- resume ---------------------------------------------------------------------------------------------------

    void resume(Call call) {
        switch (memory().phase()) {
            case PRESUSPENDED: case ACTIVE:
                if (memory().phase() == Phase.PRESUSPENDED) {
                    reach(Phase.ACTIVE);
                }
                call.reply(Reply.done());
                guard.resumed();
                break;
            case SUSPENDED:
                resumeSuspended(call);
                break;
            case JOINING: case LEAVING:
                if (memory().phase() == Phase.LEAVING && isResumeOfReconnect) {
                    answerReconnect(call);
                } else {
                    resumers.add(call);
                    instance.isWithoutDevice();
                }
                break;
            default:
                // DESTROYING: the table is gone; nobody waits for this.
        }
    }

    private void resumeSuspended(Call call) {
        if (isResumeOfReconnect || instance.isReplaced()) {
            answerReconnect(call);
            return;
        }
        resumers.add(call);
        joinForResume();
    }

    /**
     * Not a real RESUME: the kernel reconnects before it asks a table that is not in use for its status, or sends what
     * trails a suspend. To join would end the session of the table that is in use (S21).
     */
    private void answerReconnect(Call call) {
        isResumeOfReconnect = false;
        call.reply(Reply.done());
        guard.resumed();
        if (!instance.isReplaced()) {
            // If it runs, for its RESUME got lost, it joins with its next request; it may have none.
            instance.wakeUntilUsed();
        }
    }

    private void joinForResume() {
        if (resumers.isEmpty() || instance.isWithoutDevice()) {
            return;
        }
        if (memory().isLost()) {
            rejoinWithoutRecord();
        } else {
            join();
        }
    }

    private void join() {
        rounds.dropCalls();
        reach(Phase.JOINING);
        // A gate: a reconnect of a table that may run is answered in its session only.
        rounds.add(Task.gate(() -> memory().phase() == Phase.JOINING ? resuming() : null, answer -> {
            if (answer.answer() instanceof Answer.Joined joined) {
                begin(joined, false);
                resumers.replyAll(resumed());
            } else if (memory().phase() == Phase.JOINING) {
                // An older table of this address used up this number: ask under a new one.
                join();
            }
        }), instance.nowMs());
    }

    private Ask resuming() {
        return new Ask.Resume(spec, instance.heard().isFromBefore(), instance.machine().former().get());
    }

    /** The kernel works on a table whose RESUME did not reach us: it is resumed, so join, then serve. */
    void joinForWorker(Call call) {
        if (instance.isReplaced()) {
            answerReplaced(call);
            return;
        }
        if (instance.isWithoutDevice()) {
            // Silence: the kernel asks again, and the device may be open by then.
            return;
        }
        if (memory().isLost()) {
            rejoinWithoutRecord();
        } else {
            join();
        }
        rounds.add(Task.of(call, () -> {
            if (memory().phase().isInSession()) {
                session.onCall(call);
            }
            return null;
        }, answer -> { }), instance.nowMs());
    }

    /** No write of it is in flight: there is nothing to flush, and nothing else to ask (S21). */
    private static void answerReplaced(Call call) {
        if (call.type() == RequestType.FLUSH) {
            call.reply(Reply.done());
        }
    }

    private Reply resumed() {
        return instance.heard().health().isFailed() ? Reply.failure(Errno.EIO) : Reply.done();
    }

    /** A session begins: whatever belonged to the older one is over. */
    private void begin(Answer.Joined joined, boolean holdsEverything) {
        RegionSet none = RegionSet.empty();
        RegionSet held = holdsEverything ? RegionSet.range(0, spec.regionCount()) : none;
        Phase now = memory().phase();
        Phase next = now == Phase.LEAVING || now == Phase.DESTROYING ? now : Phase.ACTIVE;
        session.begin();
        if (!holdsEverything) {
            guard.ends();
        }
        instance.remember(new RecordChange.Whole(new Memory(next, joined.session(), joined.unsynced(), joined.hint(),
                joined.grants(), -1, none, held, none, holdsEverything && memory().isExposed())));
    }

    /** The kernel runs a table that we have no record of (D15). */
    private void rejoinWithoutRecord() {
        instance.warn("the kernel runs this table, but its record is missing: every region counts as marked until it is"
                + " suspended, and as out of sync then");
        reach(Phase.JOINING);
        // A gate: nothing may be answered while the log cannot take the table up.
        rounds.add(Task.gate(() -> memory().phase() == Phase.DESTROYING ? null : rejoinUnrecorded(), answer -> {
            if (answer.answer() instanceof Answer.Joined joined) {
                begin(joined, true);
            } else if (memory().phase() == Phase.JOINING) {
                instance.remember(new RecordChange.Whole(Memory.left()));
                isResumeOfReconnect = true;
            }
            // It came with a reconnect: an error would fail the request behind it, and a failed IN_SYNC reads as "no".
            boolean isResumed = !resumers.isEmpty();
            guard.takenUpWithoutRecord();
            resumers.replyAll(Reply.done());
            if (isResumed) {
                guard.resumed();
            }
        }), instance.nowMs());
    }

    private Ask rejoinUnrecorded() {
        return new Ask.Rejoin(spec, 0, RegionSet.empty(), 0, memory().grants());
    }

    /** The owner does not know our session under this daemon start: say what the kernel holds. */
    Task rejoining() {
        return Task.gate(() -> memory().phase().isInSession() ? rejoin() : null, answer -> {
            if (answer.answer() instanceof Answer.Joined joined) {
                instance.remember(new RecordChange.Hinted(joined.hint(), joined.grants()));
                guard.takenUp();
            } else {
                instance.warn("the log does not know session " + memory().session() + " of this running table");
                rejoinWithoutSession();
            }
        });
    }

    private Ask rejoin() {
        return new Ask.Rejoin(spec, memory().session(), memory().marks(spec.regionCount()), memory().hint(),
                memory().grants());
    }

    private void rejoinWithoutSession() {
        rounds.addFirst(Task.gate(this::rejoinUnrecorded, answer -> {
            if (answer.answer() instanceof Answer.Joined joined) {
                begin(joined, true);
            } else if (memory().phase().isInSession()) {
                instance.warn("the log has ended the session of this running table: a new one begins");
                reach(Phase.SUSPENDED);
            }
        }));
    }

    // --- start, end -----------------------------------------------------------------------------------------------

    /**
     * CTR came again while this table is known. One whose record is missing runs, as far as anybody knows (D15).
     *
     * @param reply what it is told
     */
    void reconstructed(Call call, boolean isReconnect, Reply reply) {
        isResumeOfReconnect = isReconnect && !memory().isLost()
                && (memory().phase() == Phase.SUSPENDED || memory().phase() == Phase.LEAVING);
        boolean isFoundLost = memory().isLost() && memory().phase() == Phase.SUSPENDED;
        if (isReconnect && isFoundLost) {
            // An earlier start of the daemon got no further than to write that down.
            constructedByReconnect(call, reply);
        } else if (isReconnect) {
            guard.reconnects(call, reply);
        } else {
            call.reply(reply);
        }
    }

    /**
     * CTR of a table that the kernel has had for long, but we have not (D15).
     *
     * @param reply what it is told, once the log has every region marked
     */
    void constructedByReconnect(Call call, Reply reply) {
        if (!instance.isReplaced()) {
            rejoinWithoutRecord();
        }
        guard.reconnects(call, reply);
    }

    /** After a restart of the daemon: takes up what the record says, unasked (D14). */
    void restore() {
        session.restore();
        guard.restore();
        switch (memory().phase()) {
            case ACTIVE: case PRESUSPENDED:
                rounds.add(rejoining(), instance.nowMs());
                break;
            case JOINING:
                if (memory().isLost()) {
                    rejoinWithoutRecord();
                } else {
                    join();
                }
                break;
            case LEAVING:
                leave();
                break;
            case DESTROYING:
                destroy(() -> { });
                break;
            default:
                // Suspended: the log need not hear of it, but for a RESUME that waits for the device.
                if (instance.hasItsDevice()) {
                    joinForResume();
                }
        }
    }

    /** The table is destroyed; afterwards the instance is gone. Without a session nobody else hears of it. */
    void destroy(Runnable afterwards) {
        rounds.dropCalls();
        resumers.clear();
        leavers.clear();
        if (memory().phase() != Phase.DESTROYING && instance.wasEverResumed()) {
            reach(Phase.DESTROYING);
        }
        destruction.begin(afterwards);
    }

    Destruction destruction() {
        return destruction;
    }
}
