package org.mirrorlog.owner;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.LongSupplier;
import org.mirrorlog.log.LogState;
import org.slf4j.Logger;

/**
 * How long the next owner of a log waits before it replays the log, after the former ones on this node had to give up:
 * a random time from a range that doubles, so that two owners do not starve each other (D3). Outlives the owners. Used
 * by one owner at a time, whichever thread runs it.
 */
public final class OwnerBackoff {
    private static final long FIRST_RANGE_MS = 50;
    private static final int MOST_DOUBLINGS = 6;
    /** A journal that was away is to be asked soon after it is back: 800 ms at most. */
    private static final int MOST_DOUBLINGS_OF_REPLAYS = 4;
    /** So many owners in a row give up for another reason than another owner. */
    private static final int IN_VAIN_FOR_GOOD = 7;
    /** So long after the last of them it is shown that an owner has thrown: what is held is tried again much sooner. */
    private static final long TROUBLE_LASTS_MS = 60_000;
    private static final int MOST_KINDS = 16;

    private final Random random;
    private int inVain;
    /** Of these, how many because the history was too short. */
    private int tooShort;
    /** At which count it is said (once more) that this is not another owner's doing. */
    private int shortForGoodAt = IN_VAIN_FOR_GOOD;
    private String told = "";
    /** Owners that have thrown since one has answered anything. */
    private int mishaps;
    /** Kinds of what was thrown, numbers left out, each told with its stack; more kinds are none of their own. */
    private final Set<String> toldMishaps = new HashSet<>();
    private long mishapsSoFar;
    private final LongSupplier clockMs;
    private Trouble trouble;
    private long heard;
    private FailedReplay failedReplay;
    /** Replays that failed, one after the other. */
    private int replaysInVain;

    /**
     * What owners of the log have thrown on this node.
     *
     * @param why the last of it
     * @param sinceMs when the first of them was thrown, in milliseconds since 1970
     * @param count how many times so far
     * @param lastMs when the last was
     */
    public record Trouble(String why, long sinceMs, long count, long lastMs) { }

    /**
     * @param seed unlike that of other nodes
     * @param clockMs milliseconds since 1970, which are shown and decide nothing
     */
    public OwnerBackoff(long seed, LongSupplier clockMs) {
        this.random = new Random(seed);
        this.clockMs = clockMs;
    }

    /** Without a clock. */
    OwnerBackoff(long seed) {
        this(seed, () -> 0);
    }

    /** Names the next owner's time (D2). */
    synchronized long nameOfTerm() {
        return random.nextLong() | 1;
    }

    /** Somebody knows of a log of this number. */
    synchronized void heard(long number) {
        heard = Math.max(heard, number);
    }

    /** The highest number that anybody has shown to know of, whichever owner heard it. */
    synchronized long highestHeard() {
        return heard;
    }

    /** An append begins; taken for refused until the contrary is known. */
    synchronized void begun() {
        inVain++;
    }

    /**
     * An owner gives up because somebody has seen more of the log than it has (D2).
     *
     * @param who for people
     */
    synchronized void fromShortHistory(String uuid, LogState state, String who, Logger log) {
        begun();
        tooShort++;
        if (tooShort == shortForGoodAt) {
            shortForGoodAt *= 2;
            log.error("log {}: the journal ends at commit {}, which is less than what was answered from it ({} owners"
                    + " in a row found that): everything is held; bring the longer journal back, or adopt the log"
                    + " (mirrorlogctl adopt)", uuid, state.number(), tooShort);
        } else if (tooShort == 1) {
            log.warn("log {}: {} has seen more of the log than its owner, who replays it", uuid, who);
        }
    }

    /** An owner gives up because nobody knows whether its log device was written. */
    synchronized void fromUnwrittenDevice(String uuid, String why, Logger log) {
        begun();
        if (isNews(why)) {
            log.warn("log {}: its log device was not written ({}): what needs it waits, and is tried again", uuid,
                    why);
        }
    }

    /** An owner could not replay the log. */
    synchronized void fromReplay(String uuid, FailedReplay failed, Logger log) {
        replaysInVain++;
        if (failedReplay == null || failedReplay.replayed().number() <= failed.replayed().number()) {
            failedReplay = failed;
        }
        Throwable cause = failed.failure();
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        // Told as the journal says it, once: Akka hands the same failure on a second time, in words of its own.
        String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (isNews(why)) {
            log.error("log {}: it cannot be replayed ({}): its requests wait, and it is tried again", uuid, why);
        }
    }

    /** An owner has replayed the log. */
    synchronized void replayed() {
        replaysInVain = 0;
    }

    /** What was the last owner's, if it could not replay the log; once. */
    synchronized Optional<FailedReplay> takeFailedReplay() {
        Optional<FailedReplay> taken = Optional.ofNullable(failedReplay);
        failedReplay = null;
        return taken;
    }

    /** An owner ends because of what it has thrown. */
    synchronized void fromMishap(String uuid, Throwable thrown, Logger log) {
        mishaps++;
        tell(uuid, "its owner could not go on: its requests wait, and the next owner tries again", thrown, log);
    }

    /** One round has made the rules throw, and is held. */
    synchronized void fromRound(String uuid, Throwable thrown, Logger log) {
        tell(uuid, "a round cannot be decided: it is held, and tried again", thrown, log);
    }

    /** Each kind with its stack, once; then a line at each power of ten. */
    private void tell(String uuid, String what, Throwable thrown, Logger log) {
        long nowMs = clockMs.getAsLong();
        trouble = trouble().map(before -> new Trouble(what + ": " + thrown, before.sinceMs(), before.count() + 1,
                        nowMs))
                .orElse(new Trouble(what + ": " + thrown, nowMs, 1, nowMs));
        mishapsSoFar++;
        boolean isRound = mishapsSoFar == Math.pow(10, Math.round(Math.log10(mishapsSoFar)));
        if (toldMishaps.size() < MOST_KINDS && toldMishaps.add(kind(thrown.toString()))) {
            log.error("log {}: {}; please report this", uuid, what, thrown);
        } else if (isRound) {
            log.error("log {}: {}, for the {}th time: {}", uuid, what, mishapsSoFar, thrown.toString());
        }
    }

    /** The same but for its numbers: of a commit, a region, a time. */
    private static String kind(String text) {
        return text.replaceAll("\\d+", "#");
    }

    /** What is thrown again and again; empty if that was once, and some time ago. */
    public synchronized Optional<Trouble> trouble() {
        return Optional.ofNullable(trouble)
                .filter(its -> mishaps > 0 || clockMs.getAsLong() - its.lastMs() < TROUBLE_LASTS_MS);
    }

    /** An owner has answered what it was asked. */
    synchronized void answered() {
        mishaps = 0;
    }

    synchronized void accepted() {
        inVain = 0;
        tooShort = 0;
        shortForGoodAt = IN_VAIN_FOR_GOOD;
    }

    /** Whether nothing would be lost with it: the next owner need not wait. */
    public synchronized boolean isOver() {
        return inVain == 0 && mishaps == 0 && replaysInVain == 0;
    }

    /** Zero unless the last append or replay failed, or the last owner has thrown. */
    public synchronized Duration delay() {
        long rangeMs = Math.max(rangeMs(Math.max(inVain, mishaps), MOST_DOUBLINGS),
                rangeMs(replaysInVain, MOST_DOUBLINGS_OF_REPLAYS));
        if (rangeMs == 0) {
            return Duration.ZERO;
        }
        return Duration.ofMillis(1 + (long) (random.nextDouble() * rangeMs));
    }

    private static long rangeMs(int failures, int mostDoublings) {
        return failures == 0 ? 0 : FIRST_RANGE_MS << Math.min(failures - 1, mostDoublings);
    }

    /** Whether this is not what was said last: one line per incident, however many owners give up over it. */
    synchronized boolean isNews(String reason) {
        boolean isNew = !kind(reason).equals(told);
        told = kind(reason);
        return isNew;
    }
}
