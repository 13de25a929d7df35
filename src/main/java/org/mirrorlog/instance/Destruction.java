package org.mirrorlog.instance;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.mirrorlog.log.Ask;

/**
 * The end of a table: its log hears of it, then its device is closed (D20), then whoever waits for that is answered and
 * the instance is gone.
 */
final class Destruction {
    private static final int MOST_COPIES = 8;
    private static final long NEVER = Long.MIN_VALUE;
    /** Then the device is closed although the log has not heard of the end; with the close's own bound below 15 s. */
    private static final long CLOSE_UNTOLD_AFTER_MS = 5_000;
    /** Beyond the close's own bound: what tells of it has been lost, as any message may be. */
    private static final long ASK_AGAIN_AFTER_MS = 10_000;

    private final LogInstance instance;
    private final RoundStream rounds;
    /** What is to be done, and whoever is to be answered, when the table is gone. */
    private final Deque<Runnable> ends = new ArrayDeque<>();
    private long begunMs = NEVER;
    private long closeAskedMs = NEVER;
    private boolean isCloseAsked;
    private boolean isClosing;
    private boolean isGone;

    Destruction(LogInstance instance, RoundStream rounds) {
        this.instance = instance;
        this.rounds = rounds;
    }

    boolean isGone() {
        return isGone;
    }

    /** Whether the log has heard of it, and only the device is left. */
    boolean isClosing() {
        return isClosing;
    }

    /** Begins, or goes on with one more who waits. */
    void begin(Runnable afterwards) {
        if (isGone) {
            afterwards.run();
            return;
        }
        ends.addLast(afterwards);
        if (ends.size() > MOST_COPIES) {
            ends.removeFirst();
        }
        if (begunMs == NEVER) {
            begunMs = instance.nowMs();
        }
        rounds.add(Task.own(() -> {
            if (instance.memory().phase() == Phase.DESTROYING && !isClosing) {
                return new Ask.Forget();
            }
            closeDevice();
            return null;
        }, answer -> closeDevice()), instance.nowMs());
    }

    private void closeDevice() {
        if (!isClosing) {
            isClosing = true;
            askForClose();
        }
    }

    private void askForClose() {
        closeAskedMs = instance.nowMs();
        instance.closeDevice();
    }

    /** Closed, or not waited for any more; where the log has not heard of the end yet, that is waited for. */
    void deviceClosed() {
        if (isClosing && !isGone) {
            isGone = true;
            instance.vanish();
            List<Runnable> all = List.copyOf(ends);
            ends.clear();
            all.forEach(Runnable::run);
        }
    }

    /**
     * An owner that waits for this very device answers nobody; what it waits for is taken away from it when the close
     * has had its time.
     */
    void onTick() {
        if (begunMs != NEVER && !isClosing && !isCloseAsked
                && instance.nowMs() - begunMs >= CLOSE_UNTOLD_AFTER_MS && instance.spec().device().isPresent()) {
            isCloseAsked = true;
            instance.closeDevice();
        }
        if (isClosing && !isGone && instance.nowMs() - closeAskedMs >= ASK_AGAIN_AFTER_MS) {
            askForClose();
        }
    }
}
