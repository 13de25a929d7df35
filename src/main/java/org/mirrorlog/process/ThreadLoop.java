package org.mirrorlog.process;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A loop on one or several threads. It has turned if its number is another one, and if it is odd: then it rests. And a
 * thread of it may be in a call of the operating system, such as a write to a disk or a read from a database: that
 * ends when those answer, however long it takes. One that waits for another thread, or runs on in the program, is in no
 * such call.
 */
public final class ThreadLoop implements Watchdog.Loop {
    private static final int MOST_FRAMES = 16;

    private final String name;
    private final Predicate<String> threads;
    private final LongSupplier turns;
    private long before;

    /**
     * A loop that has not turned yet.
     *
     * @param name for people
     * @param threads which names its threads have, and no other thread
     * @param turns how often it has come round; odd while it rests
     */
    public ThreadLoop(String name, Predicate<String> threads, LongSupplier turns) {
        this.name = name;
        this.threads = threads;
        this.turns = turns;
        this.before = turns.getAsLong();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean hasTurned() {
        long now = turns.getAsLong();
        boolean hasTurned = now != before || isOdd(now);
        before = now;
        return hasTurned || own().stream().anyMatch(ThreadLoop::isInCall);
    }

    private static boolean isOdd(long number) {
        return (number & 1) != 0;
    }

    private static boolean isInCall(Map.Entry<Thread, StackTraceElement[]> thread) {
        StackTraceElement[] frames = thread.getValue();
        return thread.getKey().getState() == Thread.State.RUNNABLE && frames.length > 0 && frames[0].isNativeMethod()
                && !frames[0].getClassName().startsWith("java.lang.")
                && !frames[0].getClassName().startsWith("jdk.internal.");
    }

    private List<Map.Entry<Thread, StackTraceElement[]>> own() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> threads.test(thread.getKey().getName())).toList();
    }

    @Override
    public String place() {
        String all = own().stream().map(thread -> thread.getKey().getName() + " (" + thread.getKey().getState() + ") "
                + Arrays.stream(thread.getValue()).limit(MOST_FRAMES).map(StackTraceElement::toString)
                        .collect(Collectors.joining(" < "))).sorted().collect(Collectors.joining("; "));
        return all.isEmpty() ? "its thread has ended" : all;
    }
}
