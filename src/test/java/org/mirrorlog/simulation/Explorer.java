package org.mirrorlog.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Looks at every state that a scope can reach, the nearest first. A state is the shortest way to it: it is reached anew
 * for each thing that may happen there, but for the last, which goes on with a world that was kept.
 */
final class Explorer {
    /** Worlds that are kept until they are gone on with; others are reached anew. */
    private static final int MOST_KEPT = 2_000;
    private static final int TRACED = 100_000;

    /** What a search may cost. */
    record Bounds(long states, int depth, long seconds) { }

    /**
     * What came of it.
     *
     * @param story of the first violation, a line for each step; empty if there was none
     */
    record Result(long states, long transitions, int depth, boolean hasEnded, List<String> story) {
        @Override
        public String toString() {
            return states + " states, " + transitions + " transitions, depth " + depth + ", "
                    + (story.isEmpty() ? 0 : 1) + " violations";
        }
    }

    /** One state. */
    private static final class Node {
        private final Node before;
        private final int choice;
        private final int depth;
        private final int[] choices;
        private final long hash;
        private Exploration kept;

        private Node(Node before, int choice, int[] choices, long hash) {
            this.before = before;
            this.choice = choice;
            this.depth = before == null ? 0 : before.depth + 1;
            this.choices = choices;
            this.hash = hash;
        }

        private int[] way() {
            int[] way = new int[depth];
            Node node = this;
            for (int i = depth - 1; i >= 0; i--) {
                way[i] = node.choice;
                node = node.before;
            }
            return way;
        }
    }

    private final Scope scope;
    private final Hole hole;
    private final Bounds bounds;
    private final CanonicalForm form = new CanonicalForm();
    private final StateSet seen = new StateSet();
    private final Deque<Node> due = new ArrayDeque<>();
    private int kept;
    private long transitions;
    private List<String> story = List.of();

    Explorer(Scope scope, Hole hole, Bounds bounds) {
        this.scope = scope;
        this.hole = hole;
        this.bounds = bounds;
    }

    Result explore() {
        long endNs = System.nanoTime() + bounds.seconds() * 1_000_000_000L;
        Exploration start = new Exploration(scope, hole, 0);
        form.take(start, scope.isSymmetric());
        seen.add(form.first(), form.second());
        Node node = new Node(null, 0, start.choices(), form.first());
        keep(node, start);
        due.add(node);
        int depth = 0;
        while (story.isEmpty() && !due.isEmpty()) {
            node = due.poll();
            depth = node.depth;
            boolean isBeyond = seen.size() >= bounds.states() || depth >= bounds.depth()
                    || System.nanoTime() - endNs > 0;
            if (isBeyond) {
                return new Result(seen.size(), transitions, depth, false, story);
            }
            expand(node);
        }
        return new Result(seen.size(), transitions, depth, story.isEmpty(), story);
    }

    private void expand(Node node) {
        boolean isStill = true;
        boolean isResting = true;
        int[] choices = node.choices;
        boolean isUnderWay = Exploration.isUnderWay(choices);
        for (int i = 0; i < choices.length; i++) {
            if (!isUnderWay && !isStill && Exploration.isOfTime(choices[i])
                    && Exploration.kind(choices[i]) != Exploration.Move.TICK) {
                // Whatever else waits, waits longer.
                continue;
            }
            boolean isLast = i == choices.length - 1;
            Exploration world = isLast && node.kept != null ? node.kept : reach(node.way(), 0);
            transitions++;
            if (!take(node, world, choices[i])) {
                return;
            }
            isStill &= Exploration.kind(choices[i]) != Exploration.Move.TICK || form.first() == node.hash;
            isResting &= !Exploration.isOfTime(choices[i]) || form.first() == node.hash;
        }
        if (node.kept != null) {
            kept--;
            node.kept = null;
        }
        if (isResting && Exploration.isAtRest(choices)) {
            try {
                reach(node.way(), 0).checkRest();
            } catch (Violation e) {
                story = story(node.way(), -1, e);
            }
        }
    }

    /** False: a rule was broken. */
    private boolean take(Node node, Exploration world, int choice) {
        try {
            world.take(choice);
        } catch (RuntimeException e) {
            story = story(node.way(), choice, e);
            return false;
        }
        form.take(world, scope.isSymmetric());
        if (seen.add(form.first(), form.second())) {
            Node next = new Node(node, choice, world.choices(), form.first());
            keep(next, world);
            due.add(next);
        }
        return true;
    }

    private void keep(Node node, Exploration world) {
        if (kept < MOST_KEPT) {
            kept++;
            node.kept = world;
        }
    }

    private Exploration reach(int[] way, int traced) {
        Exploration world = new Exploration(scope, hole, traced);
        for (int choice : way) {
            world.take(choice);
        }
        return world;
    }

    // --- the story

    /** One line for each step: what happened in it. */
    private List<String> story(int[] way, int last, RuntimeException end) {
        List<String> lines = new ArrayList<>();
        Exploration world = new Exploration(scope, hole, TRACED);
        for (int i = 0; i <= way.length; i++) {
            int from = world.sim().trace().lines().size();
            int choice = i < way.length ? way[i] : last;
            if (choice < 0) {
                break;
            }
            try {
                world.take(choice);
            } catch (RuntimeException e) {
                // It is what the story ends with.
            }
            lines.add(line(i + 1, world.sim().trace().lines().subList(from, world.sim().trace().lines().size())));
        }
        lines.add(String.valueOf(end.getMessage()));
        if (!(end instanceof Violation)) {
            lines.add(end + " at " + List.of(end.getStackTrace()).subList(0, 3));
        }
        return lines;
    }

    private static String line(int number, List<String> traced) {
        StringBuilder line = new StringBuilder(String.format("%3d ", number));
        for (String each : traced) {
            String text = each.substring(each.indexOf(' ', each.indexOf('.'))).trim().replaceAll(" +", " ");
            line.append(line.length() > 4 ? "; " : "").append(text);
        }
        return line.length() > 230 ? line.substring(0, 227) + "..." : line.toString();
    }
}
