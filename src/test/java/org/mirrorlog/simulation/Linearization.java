package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Looks for an order of the requests, each at a moment between its call and its return, in which a
 * {@link SequentialLog} gives the answers that were given: the search of Wing and Gong with Lowe's memory of what was
 * tried. Requests are tried in the order in which they were decided, which is almost always right, so that a good
 * history costs little more than one pass.
 */
final class Linearization {
    /** Tried steps; a history within the rules needs little more than one for each request. */
    private static final int MOST_TRIED = 3_000_000;

    private record Frame(int operation, SequentialLog before, int[] candidates, int next) { }

    private final List<Operation> operations;
    private final int[] next;
    private final int[] previous;
    private final long[] marks;
    private final Set<Long> tried = new HashSet<>();
    private final List<Frame> stack = new ArrayList<>();
    private SequentialLog log = new SequentialLog();
    private long done;
    private int farthest = -1;
    private String stuck = "";

    /** @param history in the order of calls */
    Linearization(List<Operation> history) {
        operations = history;
        int count = history.size();
        next = new int[count + 1];
        previous = new int[count + 1];
        marks = new long[count];
        SplittableRandom random = new SplittableRandom(count);
        for (int i = 0; i <= count; i++) {
            next[i] = i + 1 > count ? 0 : i + 1;
            previous[i] = i == 0 ? count : i - 1;
            if (i < count) {
                marks[i] = random.nextLong();
            }
        }
    }

    /** Empty: there is such an order. Else how far one comes. */
    Optional<String> problem() {
        int[] candidates = candidates();
        int from = 0;
        for (int steps = 0; next[0] != 0 && steps < MOST_TRIED; steps++) {
            int taken = take(candidates, from);
            if (taken >= 0) {
                candidates = candidates();
                from = 0;
            } else if (stack.isEmpty()) {
                return Optional.of("no order of the requests explains the answers; the farthest one ends " + stuck);
            } else {
                Frame last = stack.remove(stack.size() - 1);
                putBack(last.operation);
                log = last.before;
                candidates = last.candidates;
                from = last.next;
            }
        }
        return next[0] == 0 ? Optional.empty()
                : Optional.of("no order found in " + MOST_TRIED + " steps; the farthest one ends " + stuck);
    }

    /** Does the first of these that can happen now and leads somewhere new; -1 if there is none. */
    private int take(int[] candidates, int from) {
        for (int i = from; i < candidates.length; i++) {
            int operation = candidates[i];
            SequentialLog after = log.after(operations.get(operation - 1));
            if (after != null && tried.add((done ^ marks[operation - 1]) * 31 + after.hash())) {
                stack.add(new Frame(operation, log, candidates, i + 1));
                remove(operation);
                log = after;
                return operation;
            }
        }
        if (stack.size() > farthest) {
            farthest = stack.size();
            stuck = "before one of " + java.util.Arrays.stream(candidates).mapToObj(c -> operations.get(c - 1)).toList()
                    + " at " + log;
        }
        return -1;
    }

    /** Those not done yet that were called before any other one not done has returned, as they were decided. */
    private int[] candidates() {
        List<Integer> found = new ArrayList<>();
        long firstReturn = Long.MAX_VALUE;
        for (int i = next[0]; i != 0 && operations.get(i - 1).calledAt() <= firstReturn; i = next[i]) {
            found.add(i);
            firstReturn = Math.min(firstReturn, operations.get(i - 1).returnedAt());
        }
        found.sort(Comparator.comparingLong(i -> operations.get(i - 1).decidedAt()));
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    private void remove(int operation) {
        next[previous[operation]] = next[operation];
        previous[next[operation]] = previous[operation];
        done ^= marks[operation - 1];
    }

    private void putBack(int operation) {
        next[previous[operation]] = operation;
        previous[next[operation]] = operation;
        done ^= marks[operation - 1];
    }
}
