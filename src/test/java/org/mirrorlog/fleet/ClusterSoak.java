package org.mirrorlog.fleet;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Real daemons, a real PostgreSQL and emulated kernels, and one {@link Trouble} after the other in an order of a seed,
 * each of them once before any comes again: {@code deploy/soak-cluster}, which says how to call it. Ends at the first
 * audit that fails.
 */
final class ClusterSoak {
    private static final int MOST_NODES = 9;

    private ClusterSoak() {
    }

    public static void main(String[] args) throws Exception {
        long minutes = 30;
        long seed = System.nanoTime();
        int nodes = 3;
        boolean isCore = false;
        List<Trouble> only = List.of(Trouble.values());
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--minutes" -> minutes = number(args, ++i);
                case "--seed" -> seed = number(args, ++i);
                case "--nodes" -> nodes = (int) number(args, ++i);
                case "--core" -> isCore = true;
                case "--only" -> only = named(args, ++i);
                default -> throw bad(args[i]
                        + " is not known; allowed: --minutes N, --seed S, --nodes N, --core, --only TROUBLE,...");
            }
        }
        if (nodes < 2 || nodes > MOST_NODES) {
            throw bad("--nodes " + nodes + "; allowed: 2 to " + MOST_NODES);
        }
        System.exit(run(Duration.ofMinutes(minutes), seed, nodes, isCore, only) ? 0 : 1);
    }

    private static long number(String[] args, int index) {
        try {
            return Long.parseLong(args[index]);
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            throw bad(args[index - 1] + " needs a number");
        }
    }

    private static IllegalArgumentException bad(String what) {
        System.err.println("soak-cluster: " + what);
        System.exit(2);
        return new IllegalArgumentException(what);
    }

    private static List<Trouble> named(String[] args, int index) {
        List<String> names = index < args.length ? List.of(args[index].split(",")) : List.of();
        List<Trouble> found = Stream.of(Trouble.values()).filter(trouble -> names.contains(trouble.name())).toList();
        if (found.isEmpty() || found.size() != names.size()) {
            throw bad("--only needs some of " + List.of(Trouble.values()));
        }
        return found;
    }

    private static boolean run(Duration length, long seed, int nodes, boolean isCore, List<Trouble> possible)
            throws Exception {
        System.setProperty("seed", Long.toString(seed));
        Random random = new Random(seed);
        long deadlineNs = System.nanoTime() + length.toNanos();
        Map<Trouble, Integer> count = new EnumMap<>(Trouble.class);
        try (Fleet fleet = Fleet.startWithEverything(nodes, "mirrorlog.shutdown.force=true")) {
            fleet.activate(isCore ? Fleet.coreTable() : fleet.diskTable());
            List<Trouble> deck = new ArrayList<>();
            while (System.nanoTime() < deadlineNs) {
                if (deck.isEmpty()) {
                    deck.addAll(atHand(fleet, possible));
                    Collections.shuffle(deck, random);
                }
                Trouble trouble = deck.remove(0);
                try {
                    trouble.befall(fleet);
                } catch (AssertionError | IOException | RuntimeException e) {
                    System.out.printf("FAILED: %s, after %s%nagain: deploy/soak-cluster --seed %d --nodes %d%s%s%n%s%n",
                            trouble, count, seed, nodes, isCore ? " --core" : "", only(possible), e);
                    return false;
                }
                count.merge(trouble, 1, Integer::sum);
            }
        }
        System.out.println("end: no audit failed after " + count);
        return true;
    }

    /** Those that this machine has what is needed for; says of the others what it is. */
    private static List<Trouble> atHand(Fleet fleet, List<Trouble> possible) {
        Map<Boolean, List<Trouble>> parted = possible.stream()
                .collect(Collectors.partitioningBy(trouble -> trouble.lack(fleet).isEmpty()));
        parted.get(false).forEach(trouble -> System.out.println("left out: " + trouble + ": " + trouble.lack(fleet)));
        if (parted.get(true).isEmpty()) {
            throw bad("none of " + possible + " is possible here");
        }
        return parted.get(true);
    }

    private static String only(List<Trouble> possible) {
        return possible.size() == Trouble.values().length ? ""
                : possible.stream().map(Trouble::name).collect(Collectors.joining(",", " --only ", ""));
    }
}
