package org.mirrorlog.instance;

import java.util.function.Consumer;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestArguments;
import org.mirrorlog.protocol.RequestType;

/**
 * What a table in use asks. Answered from the instance's own memory where that repeats or gives up what the session
 * holds, or denies; everything else is a round.
 */
final class Session {
    private final LogInstance instance;
    private final LastKnownLog heard;
    private final RoundStream rounds;
    private final LazyClears lazy;
    private final ResyncHandler recovering;
    /** Given up in the record, not yet told to the log: the next round carries them. */
    private RegionSet handing = RegionSet.empty();
    /** What the flush under way asked the log to mark. */
    private RegionSet asked = RegionSet.empty();

    Session(LogInstance instance, LastKnownLog heard, RoundStream rounds, LazyClears lazy) {
        this.instance = instance;
        this.heard = heard;
        this.rounds = rounds;
        this.lazy = lazy;
        this.recovering = new ResyncHandler(instance, heard, rounds);
    }

    void onCall(Call call) {
        switch (call.type()) {
            case IN_SYNC:
                call.reply(Reply.flag(isInSync(region(call))));
                break;
            case IS_CLEAN:
                isClean(call, region(call));
                break;
            case MARK_REGION:
                mark(regions(call));
                call.reply(Reply.done());
                break;
            case FLUSH:
                mark(regions(call));
                flush(call);
                break;
            case CLEAR_REGION:
                clear(regions(call));
                call.reply(Reply.done());
                break;
            case GET_RESYNC_WORK:
                recovering.nextResync(call);
                break;
            case SET_REGION_SYNC:
                recovering.setSync(call);
                break;
            case IS_REMOTE_RECOVERING:
                recovering.mayWrite(call, region(call));
                break;
            default:
                throw new IllegalStateException("not asked within a session: " + call.type());
        }
    }

    private RegionSet regions(Call call) {
        return RegionSet.of(RequestArguments.regions(call.request(), instance.spec().regionCount()).orElseThrow());
    }

    private long region(Call call) {
        return RequestArguments.region(call.request(), instance.spec().regionCount()).orElseThrow();
    }

    /** No reaches the kernel only for what it may write on one leg, or has to ask about before it writes (D8). */
    private boolean isInSync(long region) {
        return instance.memory().isKnownInSync(region);
    }

    /**
     * No mirror asks this today. "Yes" is for the owner to say, after an append (D3); what this table itself has
     * marked, or cleared only lazily, is not clean.
     */
    private void isClean(Call call, long region) {
        Memory now = instance.memory();
        boolean isHeldHere = now.isExposed() || now.isLost() || now.marks().contains(region)
                || now.cleared().contains(region) || handing.contains(region);
        if (isHeldHere) {
            call.reply(Reply.flag(false));
        } else {
            rounds.add(Task.question(call, () -> {
                if (instance.memory().phase().isInSession()) {
                    return new Ask.IsClean(region);
                }
                call.reply(Reply.flag(false));
                return null;
            }, answer -> call.reply(Reply.flag(answer.answer() instanceof Answer.Clean
                    && !instance.memory().marks().contains(region)))), instance.nowMs());
        }
    }

    // --- marks ----------------------------------------------------------------------------------------------------

    private void mark(RegionSet regions) {
        if (!regions.isEmpty()) {
            instance.remember(new RecordChange.Pending(regions));
            lazy.remove(regions);
        }
    }

    /**
     * Marks that the log does not have yet cost one round; others, held from before, cost nothing (D6). On a failed
     * device even a flush without new marks fails while any are held: success would vouch for them (S2, S22).
     */
    private void flush(Call call) {
        Memory memory = instance.memory();
        if (memory.marks().isEmpty()) {
            call.reply(Reply.done());
        } else if (heard.isCurrent() && memory.held().containsAll(memory.pending())) {
            commit(call, RegionSet.empty());
        } else {
            rounds.add(Task.of(call, () -> askToMark(call), answer -> commit(call, asked)), instance.nowMs());
        }
    }

    private Ask askToMark(Call call) {
        Memory memory = instance.memory();
        asked = memory.pending().minus(memory.held());
        if (!memory.phase().isInSession()) {
            return null;
        }
        if (asked.isEmpty() && heard.isCurrent()) {
            commit(call, asked);
            return null;
        }
        return new Ask.Mark(asked);
    }

    private void commit(Call call, RegionSet marked) {
        Memory memory = instance.memory();
        RegionSet committed = memory.pending().and(memory.held().with(marked));
        if (!committed.isEmpty()) {
            instance.remember(new RecordChange.Committed(committed));
        }
        if (committed.intersects(memory.unknown())) {
            instance.remember(new RecordChange.Learned(committed, false));
        }
        call.reply(heard.health().isFailed() ? Reply.failure(Errno.EIO) : Reply.done());
    }

    private void clear(RegionSet regions) {
        if (!regions.isEmpty()) {
            instance.remember(new RecordChange.Cleared(regions));
            lazy.add(regions);
        }
    }

    /**
     * The clears that the next round carries; with the last one of a session, those still held on go as well. None
     * while every region has to stay marked.
     */
    RegionSet takeClears(boolean isLast) {
        if (isLast) {
            drop(lazy.all());
        }
        RegionSet taken = instance.memory().isExposed() ? RegionSet.empty() : handing;
        handing = RegionSet.empty();
        return taken;
    }

    /** The log has every region marked: the clears that leave only what the kernel may be writing. */
    RegionSet takeAllButMarks() {
        handing = RegionSet.empty();
        return RegionSet.range(0, instance.spec().regionCount()).minus(instance.memory().marks());
    }

    private void drop(RegionSet cleared) {
        if (!cleared.isEmpty()) {
            instance.remember(new RecordChange.Dropped(cleared));
            handing = handing.with(cleared);
        }
    }

    void onTick() {
        drop(lazy.due(instance.nowMs()));
        recovering.onTick();
        if (!handing.isEmpty() && rounds.isIdle()) {
            rounds.add(Task.own(() -> handing.isEmpty() ? null : new Ask.HandOn(), answer -> { }), instance.nowMs());
        }
    }

    /**
     * Gives up marks that are only held on after their CLEAR: they leave the record before anybody is told (D6).
     * Regions that were marked again are not among them, flushed or not.
     */
    void giveUp(RegionSet regions) {
        Memory memory = instance.memory();
        RegionSet given = memory.cleared().and(regions).minus(memory.pending());
        if (memory.phase().isInSession() && !given.isEmpty()) {
            lazy.remove(given);
            drop(given);
            handOn();
        }
    }

    /**
     * A round that tells nothing but the clears that wait, if any; where one is under way, the owner hears that one.
     */
    void handOn() {
        if (!rounds.isIdle()) {
            return;
        }
        rounds.add(Task.own(() -> instance.memory().phase().isInSession() ? new Ask.HandOn() : null, answer -> { }),
                instance.nowMs());
    }

    void syncCount(Call call) {
        recovering.syncCount(call);
    }

    // --- outside a session ----------------------------------------------------------------------------------------

    /**
     * A request that trails the suspend, or one that proves the table resumed: its RESUME found nobody listening and is
     * not repeated (D17). To refuse it would fail the worker, whose IN_SYNC would read as "no".
     *
     * @param join joins the log and then serves the request
     */
    void onCallWithoutSession(Call call, Consumer<Call> join) {
        if (!onCallWhileLeaving(call)) {
            join.accept(call);
        }
    }

    /** CLEAR is taken and handed on (D13), FLUSH without marks promises nothing; the others are held. */
    boolean onCallWhileLeaving(Call call) {
        // Nobody knows what a table without a record has marked and not flushed (D15).
        boolean isEmptyFlush = call.isEmptyFlush() && instance.memory().pending()
                .isEmpty() && !instance.memory().isLost();
        if (call.type() == RequestType.CLEAR_REGION) {
            RegionSet regions = regions(call);
            if (instance.memory().session() > 0 && !regions.isEmpty()) {
                instance.remember(new RecordChange.Cleared(regions));
                drop(regions);
            }
            call.reply(Reply.done());
            return true;
        }
        if (isEmptyFlush) {
            call.reply(Reply.done());
        }
        return isEmptyFlush;
    }

    // --- begin ----------------------------------------------------------------------------------------------------

    /** A real RESUME: marks of the older session went with it. */
    void begin() {
        recovering.begin();
        lazy.all();
        handing = RegionSet.empty();
        asked = RegionSet.empty();
        heard.sessionBegan();
    }

    /** After a restart of the daemon: marks that were held on lazily age anew. */
    void restore() {
        lazy.add(instance.memory().cleared());
    }
}
