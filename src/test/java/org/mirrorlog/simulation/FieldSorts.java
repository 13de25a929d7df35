package org.mirrorlog.simulation;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What each field of a state says to {@link CanonicalForm}. */
final class FieldSorts {
    /** What a number is. */
    enum Sort { PLAIN, LOG_NUMBER, ROUND, START, TERM, VERSION, GAPS, SEQ, AGE, TO_COME, FEW, TURN }

    /**
     * One field of a class.
     *
     * @param oldMs the age from which on something follows from it
     */
    record Known(Field field, Sort sort, long oldMs) {
        boolean isOfBusy() {
            return sort == Sort.AGE || sort == Sort.GAPS;
        }
    }

    /**
     * A class, by a number of its own.
     *
     * @param busy while this is 0, times and gaps in an object say nothing; null: they always do
     */
    record Type(long number, boolean isRecord, Field busy, Known[] fields) { }

    /**
     * Wiring that never changes; what is counted for people; what others say as well; clocks, which tell nothing by
     * themselves. Retries are due at every tick.
     */
    private static final Set<String> SKIPPED = Set.of(
            "Journal.commits", "Log.commits", "Log.changes", "Log.remembered", "Log.behind", "Storage.changes",
            "Storage.lastVersion", "Storage.differing", "Storage.users", "Workload.openedUs", "Workload.mode",
            "Workload.isWriting", "Mirror.shape", "Checkers.apart", "Checkers.seenLegs", "Checkers.seenCommits",
            "Checkers.seenDisk", "Machine.scheduled", "Machine.read", "Machine.open", "Machine.boots",
            "Machine.bootedUs", "Machine.clockRate", "Machine.wakeUs", "Machine.lastReplyUs", "Machine.index",
            "Daemon.name", "Daemon.clockRate", "Daemon.startedUs", "Daemon.owners", "Daemon.deaths",
            "Owner.name", "Owner.before", "Owner.lastEvents", "Timer.after", "LogDisk.changes",
            "OwnerBackoff.random", "OwnerBackoff.inVain", "OwnerBackoff.tooShort", "OwnerBackoff.shortForGoodAt",
            "OwnerBackoff.told", "OwnerBackoff.toldMishap", "OwnerBackoff.untold", "OwnerBackoff.clockMs",
            "OwnerBackoff.trouble", "RecoveryMonitor.wait", "OwnerCore.settings", "OwnerCore.decider",
            "OwnerCore.whenDraining",
            "DeviceTurn.writer", "DeathHandler.settings", "OwnerCore.backoff", "InstanceDirectory.incarnation",
            "Instances.tuning", "Instances.costs", "Instances.waits", "Instances.tickedMs", "Instances.records",
            "Instances.surroundings", "Instances.remains", "Context.nowMs", "LogInstance.nowMs",
            "LogInstance.isReplaced", "LogInstance.roundNumbers", "LogInstance.surroundings",
            "LogInstance.constructor", "LazyClears.turnedAtMs", "LazyClears.periodMs", "RoundStream.tuning",
            "RoundStream.numbering", "RoundStream.surroundings", "RoundStream.rejoining", "RoundStream.costs",
            "RoundStream.condemn", "RoundStream.sentAtMs", "RoundStream.retryMs", "RoundStream.lastReason",
            "LastKnownLog.numbers", "EmulatedMachine.bootId", "EmulatedMachine.complaints", "Timers.nowMs",
            "Timers.serial", "Timer.order", "LogModule.complaints", "LogModule.resends", "LogModule.lateAnswers",
            "LogModule.refusals", "LogModule.longestMs", "Consultation.sinceMs", "Ioctl.name", "EmulatedDevice.name",
            "KernelTask.name", "Strangers.told", "AnswersAreWellFormed.replied", "Held.reason",
            "SurvivingRecord.constructor");

    /** Ages from which on something follows. */
    private static final Map<String, Long> OLD_MS = Map.of("ReconnectGuard.reconnectingSinceMs", 2_000L,
            "ResyncHandler.countAskedAtMs", 1_000L, "ResyncHandler.askedMs", 10_000L,
            "ResyncHandler.lookedAtMs", 30_000L, "Destruction.begunMs", 5_000L, "Repetition.lastMs", 30_000L);
    private static final long CALL_GIVEN_UP_MS = 15_000;
    private static final String BUSY = "ReconnectGuard.reconnecting";
    private static final Map<String, Sort> SORTS = new HashMap<>();

    static {
        sort(Sort.LOG_NUMBER, "LogState.number", "LogState.lastLoss", "LogState.abandonedAt", "Member.session",
                "Memory.session", "LastKnownLog.logNumber", "LastKnownLog.lastLoss", "LastKnownLog.allInSyncAt",
                "Last.number", "Round.session", "Round.seen", "RoundAnswer.logNumber", "RoundAnswer.lastLoss",
                "Joined.session", "Rejoin.session", "TakenUp.session", "OwnerTerm.begunAt", "OwnerBackoff.heard",
                "Reactivation.session", "Adoption.at", "Adopted.number", "HeardAnswer.number");
        sort(Sort.ROUND, "Round.number", "RoundAnswer.number", "RoundExecuted.number", "Member.executed",
                "Daemon.forgotten");
        sort(Sort.START, "Round.daemonStart", "RoundAnswer.daemonStart", "RoundExecuted.daemonStart",
                "Member.daemonStart", "Daemon.daemonStart", "Joined.daemonStart", "Rejoined.daemonStart",
                "TakenUp.daemonStart", "Machine.daemonStart", "Machine.daemonStarts");
        sort(Sort.TERM, "OwnerTerm.name", "LastKnownLog.term", "Last.term", "Round.term", "RoundAnswer.term",
                "HeardAnswer.term");
        sort(Sort.VERSION, "Storage.versions", "Storage.readable", "Workload.open");
        sort(Sort.TURN, "RecoveryMonitor.turn");
        sort(Sort.GAPS, "RequestNumbers.gaps", "ReconnectGuard.gapsBefore");
        sort(Sort.SEQ, "UlogRequest.seq", "UlogAnswer.seq", "LogModule.nextSeq", "LogModule.waiting",
                "Consultation.seq",
                "LogInstance.workerSeq", "RequestNumbers.newest");
        OLD_MS.keySet().forEach(name -> SORTS.put(name, Sort.AGE));
        sort(Sort.AGE, "Repetition.toldAtMs", "Opening.sinceMs");
        sort(Sort.TO_COME, "RoundStream.shutUntilMs", "Held.notBeforeMs", "LogModule.noRecoveryQuestionBeforeMs",
                "Timer.dueMs", "Sleeper.dueMs", "Repetition.againAtMs");
        sort(Sort.FEW, "ResyncHandler.waitsWithoutWork", "Inquiry.calls",
                "OwnerBackoff.mishaps", "Sleeper.times", "Reactivation.ticks");
    }

    private final Map<Class<?>, Type> known = new HashMap<>();

    private static void sort(Sort sort, String... names) {
        for (String name : names) {
            SORTS.put(name, sort);
        }
    }

    Type of(Class<?> type) {
        Type found = known.get(type);
        if (found == null) {
            boolean isOfJdk = type.isArray() || type.getName().startsWith("java.");
            Known[] fields = isOfJdk ? null : read(type);
            found = new Type(10_000 + known.size(), type.isRecord(), busy(type, fields), fields);
            known.put(type, found);
        }
        return found;
    }

    private static Field busy(Class<?> type, Known[] fields) {
        for (int i = 0; fields != null && i < fields.length; i++) {
            if (BUSY.equals(type.getSimpleName() + '.' + fields[i].field().getName())) {
                return fields[i].field();
            }
        }
        return null;
    }

    private static Known[] read(Class<?> type) {
        List<Known> fields = new ArrayList<>();
        for (Class<?> c = type; c != Object.class && c != Record.class; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                String name = c.getSimpleName() + '.' + field.getName();
                boolean isBoring = SKIPPED.contains(name) || field.getType().getName().startsWith("org.slf4j");
                if (!Modifier.isStatic(field.getModifiers()) && !isBoring) {
                    field.setAccessible(true);
                    fields.add(new Known(field, sort(c, field, name), OLD_MS.getOrDefault(name, CALL_GIVEN_UP_MS)));
                }
            }
        }
        return fields.toArray(Known[]::new);
    }

    /** What a lambda has caught has no name. */
    private static Sort sort(Class<?> type, Field field, String name) {
        if (type.isHidden() && field.getType() == long.class) {
            return type.getName().contains(".ReconnectGuard$") ? Sort.AGE
                    : type.getName().contains(".Journal$") ? Sort.LOG_NUMBER
                    : type.getName().contains(".Workload$") ? Sort.VERSION : Sort.PLAIN;
        }
        return SORTS.getOrDefault(name, Sort.PLAIN);
    }
}
