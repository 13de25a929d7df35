package org.mirrorlog.log;

import java.util.ArrayList;
import java.util.List;

/** IS_REMOTE_RECOVERING: when a kernel may go ahead with a write, and how much it need not ask about any more. */
final class WritingRules {
    private WritingRules() {
    }

    static Decision mayWrite(LogState state, ResyncRequests requests, InstanceId by, Ask.MayWrite write, Round round) {
        requests.halted(by, round.session(), write.isHalted());
        boolean isHaltedRecoverer =
                write.isHalted() && state.recovery().filter(r -> r.recoverer().equals(by)).isPresent();
        if (isHaltedRecoverer && !state.members().get(by).isExposed()) {
            // Its kernel copies nothing: the answer that told it to got lost.
            LogEvent released = new LogEvent.ResyncReleased(by);
            Decision decision = decide(state.with(List.of(released)), requests, by, write.region(), round, false);
            List<LogEvent> events = new ArrayList<>(List.of(released));
            events.addAll(decision.events());
            return new Decision(events, decision.answer());
        }
        return decide(state, requests, by, write.region(), round, isHaltedRecoverer);
    }

    /**
     * @param isHaltedRecoverer the asker may have copied the region under recovery, and reported in vain; or a write
     *     that it holds may keep the copy from beginning, for as long as it likes. Its kernel puts its own writes in
     *     order with the copy; others wait.
     */
    private static Decision decide(LogState state, ResyncRequests requests, InstanceId by, long region, Round round,
            boolean isHaltedRecoverer) {
        if (!state.unsynced().contains(region)) {
            return allow(state, by, round, RegionSet.empty(), false);
        }
        boolean isBeingCopied = state.recovery().filter(r -> r.region() == region).isPresent();
        if (isBeingCopied && !isHaltedRecoverer) {
            return Decision.deny(new Answer.Wait());
        }
        RegionSet asGrant = RegionSet.of(region);
        if (state.members().get(by).grants().contains(region)) {
            return allow(state, by, round, asGrant, true);
        }
        if (state.barredByDeath().contains(region)) {
            return allow(state, by, round, RegionSet.empty(), false);
        }
        if (isHaltedRecoverer || !ResyncRules.isRecoverable(state, requests, region)) {
            return allow(state, by, round, asGrant, true);
        }
        requests.add(region);
        return Decision.deny(new Answer.Wait());
    }

    /**
     * b = 0, with the highest hint that can be proven. A hint that passes unsynced regions grants them (D10), but for
     * those that count as in sync until the epoch ends (D11).
     */
    private static Decision allow(LogState state, InstanceId by, Round round, RegionSet granted, boolean isGrant) {
        Member member = state.members().get(by);
        // What a session of before the adoption is assumed to have been told is no reason to tell it (D7).
        long hint = state.isBeforeAdoption(member.session()) ? state.provableHint()
                : Math.max(member.hint(), state.provableHint());
        RegionSet passed = state.unsynced().below(hint).minus(state.barredByDeath());
        RegionSet grants = granted.with(passed).minus(member.grants());
        List<LogEvent> events = new ArrayList<>(2);
        if (!grants.isEmpty()) {
            events.add(new LogEvent.Granted(by, grants));
        }
        if (hint > member.hint()) {
            events.add(new LogEvent.Hinted(by, hint));
        }
        if (events.isEmpty()) {
            events.add(Decider.executed(round));
        }
        return new Decision(events, new Answer.Write(isGrant, hint, passed));
    }
}
