package org.mirrorlog.emulator;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.mirrorlog.protocol.RequestType;

/** The cycles of one log on one thread, and how long each step took. */
final class LoadWorker {
    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(2);
    private static final int DIGITS = 3;

    private final RawLog log;
    private final int[] regions;
    private final boolean isIntegratedFlush;
    private final Map<LoadStep, Histogram> histograms = new EnumMap<>(LoadStep.class);
    private int position;
    private boolean isCounting;
    private boolean isExhausted;

    LoadWorker(RawLog log, int regionCount, boolean isIntegratedFlush, Random random) {
        this.log = log;
        this.isIntegratedFlush = isIntegratedFlush;
        this.regions = shuffled(regionCount, random);
        for (LoadStep step : LoadStep.values()) {
            histograms.put(step, new Histogram(1, LONGEST_NS, DIGITS));
        }
    }

    private static int[] shuffled(int count, Random random) {
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i + 1);
            numbers[i] = numbers[other];
            numbers[other] = i;
        }
        return numbers;
    }

    RawLog log() {
        return log;
    }

    /** What the last run has measured; nanoseconds. */
    Map<LoadStep, Histogram> histograms() {
        return histograms;
    }

    /**
     * Runs cycles until a time, and counts those that begin after another.
     *
     * @param intervalNs pace; 0: one after the other
     */
    void run(LoadScenario scenario, long countFromNs, long endNs, long intervalNs) throws IOException {
        histograms.values().forEach(Histogram::reset);
        isExhausted = false;
        long dueNs = System.nanoTime();
        long startNs = dueNs;
        while (startNs - endNs < 0 && !isExhausted) {
            if (intervalNs > 0) {
                waitUntil(dueNs);
                startNs = dueNs;
                dueNs += intervalNs;
            }
            isCounting = startNs - countFromNs >= 0;
            long ended = cycle(scenario, startNs);
            startNs = intervalNs > 0 ? dueNs : ended;
        }
    }

    private static void waitUntil(long timeNs) {
        for (long left = timeNs - System.nanoTime(); left > 0; left = timeNs - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private long cycle(LoadScenario scenario, long startNs) throws IOException {
        switch (scenario) {
            case READS:
                return ask(LoadStep.IN_SYNC, RequestType.IN_SYNC, nextRegion(), startNs);
            case COLD:
                return write(nextRegion(), startNs);
            case HOT:
                return write(regions[0], startNs);
            default:
                return recover(startNs);
        }
    }

    private int nextRegion() {
        int region = regions[position];
        position = position + 1 == regions.length ? 0 : position + 1;
        return region;
    }

    /** What a worker asks for one write to an idle region. */
    private long write(int region, long startNs) throws IOException {
        long now = ask(LoadStep.IN_SYNC, RequestType.IN_SYNC, region, startNs);
        now = ask(LoadStep.IN_SYNC, RequestType.IN_SYNC, region, now);
        if (isIntegratedFlush) {
            now = ask(LoadStep.FLUSH_MARKS, RequestType.FLUSH, region, now);
        } else {
            now = ask(LoadStep.MARK, RequestType.MARK_REGION, region, now);
            now = ask(LoadStep.FLUSH_MARKS, RequestType.FLUSH, now);
        }
        count(LoadStep.PERMITTED, now - startNs);
        now = ask(LoadStep.CLEAR, RequestType.CLEAR_REGION, region, now);
        if (!isIntegratedFlush) {
            now = ask(LoadStep.FLUSH_CLEARS, RequestType.FLUSH, now);
        }
        count(LoadStep.CYCLE, now - startNs);
        return now;
    }

    /** What a worker asks for one recovery; ends the run when there is nothing left to recover. */
    private long recover(long startNs) throws IOException {
        byte[] work = log.ask(RequestType.GET_RESYNC_WORK);
        long now = System.nanoTime();
        if (RawLog.word(work, 0) == 0) {
            isExhausted = true;
            return now;
        }
        count(LoadStep.GET_RESYNC_WORK, now - startNs);
        long region = RawLog.word(work, 1);
        now = ask(LoadStep.IN_SYNC, RequestType.IN_SYNC, region, now);
        now = ask(LoadStep.GET_SYNC_COUNT, RequestType.GET_SYNC_COUNT, now);
        log.setRegionSync(region, true);
        long set = System.nanoTime();
        count(LoadStep.SET_REGION_SYNC, set - now);
        now = ask(LoadStep.CLEAR, RequestType.CLEAR_REGION, region, set);
        now = ask(LoadStep.FLUSH_CLEARS, RequestType.FLUSH, now);
        count(LoadStep.CYCLE, now - startNs);
        return now;
    }

    private long ask(LoadStep step, RequestType type, long region, long startNs) throws IOException {
        log.ask(type, region);
        return ended(step, startNs);
    }

    private long ask(LoadStep step, RequestType type, long startNs) throws IOException {
        log.ask(type);
        return ended(step, startNs);
    }

    private long ended(LoadStep step, long startNs) {
        long now = System.nanoTime();
        count(step, now - startNs);
        return now;
    }

    private void count(LoadStep step, long ns) {
        if (isCounting) {
            histograms.get(step).recordValue(Math.max(1, Math.min(ns, LONGEST_NS)));
        }
    }
}
