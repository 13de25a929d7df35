package org.mirrorlog.owner;

import java.util.Optional;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.LogSpec;

/**
 * Bytes of rounds and their answers between machines, version 1, little-endian, in the manner of {@link LogEventCodec}:
 * kinds and fields keep their meaning for ever. What a round asks, or what is answered, stands last but for fields that
 * came later; a kind that is not known is not an error but is held, and fields behind those known are passed over: a
 * newer build may be talking. Later fields that are missing are 0: so may an older one.
 */
final class RoundCodec {
    private static final int RESUME = 1;
    private static final int REJOIN = 2;
    private static final int MARK = 3;
    private static final int NEXT_RESYNC = 4;
    private static final int SET_SYNC = 5;
    private static final int MAY_WRITE = 6;
    private static final int SYNC_COUNT = 7;
    private static final int HALT = 8;
    private static final int LEAVE = 9;
    private static final int FORGET = 10;
    private static final int HAND_ON = 11;
    private static final int EXPOSE = 12;
    private static final int CONCEAL = 13;
    private static final int IS_CLEAN = 14;

    private static final int JOINED = 1;
    private static final int DONE = 2;
    private static final int WORK = 3;
    private static final int NO_WORK = 4;
    private static final int SYNC_SET = 5;
    private static final int WRITE = 6;
    private static final int WAIT = 7;
    private static final int ALL_IN_SYNC = 8;
    private static final int NOT_ALL_IN_SYNC = 9;
    private static final int HELD = 10;
    private static final int UNKNOWN_SESSION = 11;
    private static final int DECLARED_DEAD = 12;
    private static final int CLEAN = 13;
    private static final int NOT_CLEAN = 14;

    private RoundCodec() {
    }

    static void encode(Round round, Writer out) {
        out.text(round.uuid()).id(round.by()).text(round.node()).i64(round.daemonStart()).i64(round.session())
                .i64(round.number()).i64(round.seen()).regions(round.clears());
        encode(round.ask(), out);
        out.i64(round.term());
        if (round.ask() instanceof Ask.Resume resume) {
            out.i64(resume.isSeenBefore() ? 1 : 0).texts(resume.former());
        }
    }

    private static void encode(Ask ask, Writer out) {
        if (ask instanceof Ask.Mark a) {
            out.u8(MARK).regions(a.regions());
        } else if (ask instanceof Ask.HandOn) {
            out.u8(HAND_ON);
        } else if (ask instanceof Ask.NextResync) {
            out.u8(NEXT_RESYNC);
        } else if (ask instanceof Ask.SetSync a) {
            out.u8(SET_SYNC).i64(a.region()).flag(a.isInSync());
        } else if (ask instanceof Ask.MayWrite a) {
            out.u8(MAY_WRITE).i64(a.region()).flag(a.isHalted());
        } else if (ask instanceof Ask.SyncCount) {
            out.u8(SYNC_COUNT);
        } else if (ask instanceof Ask.IsClean a) {
            out.u8(IS_CLEAN).i64(a.region());
        } else if (ask instanceof Ask.Resume a) {
            spec(a.spec(), out.u8(RESUME));
        } else if (ask instanceof Ask.Rejoin a) {
            spec(a.spec(), out.u8(REJOIN)).i64(a.session()).regions(a.marks()).i64(a.hint()).regions(a.grants());
        } else if (ask instanceof Ask.Expose) {
            out.u8(EXPOSE);
        } else if (ask instanceof Ask.Conceal) {
            out.u8(CONCEAL);
        } else if (ask instanceof Ask.Halt) {
            out.u8(HALT);
        } else if (ask instanceof Ask.Leave) {
            out.u8(LEAVE);
        } else if (ask instanceof Ask.Forget) {
            out.u8(FORGET);
        } else {
            throw new IllegalStateException("no encoding for " + ask);
        }
    }

    /** @param isLast whether nothing of another kind stands behind it */
    static Round round(Reader in, boolean isLast) {
        String uuid = in.text();
        InstanceId by = in.id();
        String node = in.text();
        long daemonStart = in.i64();
        long session = in.i64();
        long number = in.i64();
        long seen = in.i64();
        RegionSet clears = in.regions();
        Ask ask = ask(in);
        long term = isLast ? in.i64IfThere() : 0;
        if (isLast && ask instanceof Ask.Resume resume) {
            ask = new Ask.Resume(resume.spec(), in.i64IfThere() == 1, in.textsIfThere());
        }
        return new Round(uuid, by, node, daemonStart, session, number, seen, term, clears, ask);
    }

    private static Ask ask(Reader in) {
        int kind = in.u8();
        switch (kind) {
            case RESUME: return new Ask.Resume(spec(in));
            case REJOIN: return new Ask.Rejoin(spec(in), in.i64(), in.regions(), in.i64(), in.regions());
            case MARK: return new Ask.Mark(in.regions());
            case NEXT_RESYNC: return new Ask.NextResync();
            case SET_SYNC: return new Ask.SetSync(in.i64(), in.flag());
            case MAY_WRITE: return new Ask.MayWrite(in.i64(), in.flag());
            case SYNC_COUNT: return new Ask.SyncCount();
            case HALT: return new Ask.Halt();
            case LEAVE: return new Ask.Leave();
            case FORGET: return new Ask.Forget();
            case HAND_ON: return new Ask.HandOn();
            case EXPOSE: return new Ask.Expose();
            case CONCEAL: return new Ask.Conceal();
            case IS_CLEAN: return new Ask.IsClean(in.i64());
            default:
                in.passOverRest();
                return new Ask.Unknown(kind);
        }
    }

    private static Writer spec(LogSpec spec, Writer out) {
        return out.i64(spec.lengthSectors()).flag(spec.device().isPresent()).text(spec.device().orElse(""))
                .i64(spec.regionSizeSectors()).u8(spec.sync().ordinal()).flag(spec.isBlockOnError());
    }

    private static LogSpec spec(Reader in) {
        long length = in.i64();
        boolean isDisk = in.flag();
        String device = in.text();
        long regionSize = in.i64();
        int sync = in.u8();
        if (sync >= LogSpec.SyncMode.values().length) {
            throw new IllegalArgumentException("sync mode of unknown number " + sync);
        }
        return new LogSpec(length, isDisk ? LogSpec.LogType.DISK : LogSpec.LogType.CORE,
                isDisk ? Optional.of(device) : Optional.empty(), regionSize,
                LogSpec.SyncMode.values()[sync], in.flag());
    }

    static void encode(RoundAnswer answer, Writer out) {
        out.text(answer.uuid()).id(answer.to()).i64(answer.daemonStart()).i64(answer.number()).i64(answer.logNumber())
                .i64(answer.syncCount()).i64(answer.provableHint()).i64(answer.lastLoss()).u8(answer.health().letter());
        encode(answer.answer(), out);
        out.i64(answer.term());
    }

    private static void encode(Answer answer, Writer out) {
        if (answer instanceof Answer.Done) {
            out.u8(DONE);
        } else if (answer instanceof Answer.Work a) {
            out.u8(WORK).i64(a.region());
        } else if (answer instanceof Answer.NoWork) {
            out.u8(NO_WORK);
        } else if (answer instanceof Answer.SyncSet a) {
            out.u8(SYNC_SET).flag(a.isInSync());
        } else if (answer instanceof Answer.Write a) {
            out.u8(WRITE).flag(a.isGrant()).i64(a.hint()).regions(a.passed());
        } else if (answer instanceof Answer.Wait) {
            out.u8(WAIT);
        } else if (answer instanceof Answer.AllInSync) {
            out.u8(ALL_IN_SYNC);
        } else if (answer instanceof Answer.NotAllInSync) {
            out.u8(NOT_ALL_IN_SYNC);
        } else if (answer instanceof Answer.Joined a) {
            out.u8(JOINED).i64(a.session()).regions(a.unsynced()).regions(a.grants()).i64(a.hint());
        } else if (answer instanceof Answer.Clean) {
            out.u8(CLEAN);
        } else if (answer instanceof Answer.NotClean) {
            out.u8(NOT_CLEAN);
        } else if (answer instanceof Answer.Held a) {
            out.u8(HELD).text(a.reason());
        } else if (answer instanceof Answer.UnknownSession) {
            out.u8(UNKNOWN_SESSION);
        } else if (answer instanceof Answer.DeclaredDead) {
            out.u8(DECLARED_DEAD);
        } else {
            throw new IllegalStateException("no encoding for " + answer);
        }
    }

    static RoundAnswer answer(Reader in) {
        String uuid = in.text();
        InstanceId to = in.id();
        long daemonStart = in.i64();
        long number = in.i64();
        long logNumber = in.i64();
        long syncCount = in.i64();
        long provableHint = in.i64();
        long lastLoss = in.i64();
        DeviceHealth health = DeviceHealth.ofLetter((char) in.u8());
        Answer answer = answerKind(in);
        return new RoundAnswer(uuid, to, daemonStart, number, logNumber, in.i64IfThere(), syncCount, provableHint,
                lastLoss,
                health, answer);
    }

    private static Answer answerKind(Reader in) {
        int kind = in.u8();
        switch (kind) {
            case JOINED:
                long session = in.i64();
                RegionSet unsynced = in.regions();
                return new Answer.Joined(session, unsynced, in.regions(), in.i64());
            case DONE: return new Answer.Done();
            case WORK: return new Answer.Work(in.i64());
            case NO_WORK: return new Answer.NoWork();
            case SYNC_SET: return new Answer.SyncSet(in.flag());
            case WRITE: return new Answer.Write(in.flag(), in.i64(), in.regions());
            case WAIT: return new Answer.Wait();
            case ALL_IN_SYNC: return new Answer.AllInSync();
            case NOT_ALL_IN_SYNC: return new Answer.NotAllInSync();
            case HELD: return new Answer.Held(in.text());
            case UNKNOWN_SESSION: return new Answer.UnknownSession();
            case DECLARED_DEAD: return new Answer.DeclaredDead();
            case CLEAN: return new Answer.Clean();
            case NOT_CLEAN: return new Answer.NotClean();
            default:
                in.passOverRest();
                return new Answer.Held("unsupported: this build does not know answers of kind " + kind
                        + ", which the log's owner gives; upgrade this node");
        }
    }
}
