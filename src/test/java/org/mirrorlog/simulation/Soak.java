package org.mirrorlog.simulation;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/**
 * Runs many seeds: {@code --seeds N [--seed S] [--kind KIND] [--hole HOLE | --holes] [--threads T]}. See deploy/soak.
 */
public final class Soak {
    /** All kinds with faults. */
    static final List<Plan.Kind> FAULTY = List.of(Plan.Kind.SEVERAL_NODES, Plan.Kind.ONE_NODE, Plan.Kind.SHARED_DISK,
            Plan.Kind.SEVERAL_LOGS, Plan.Kind.DEATHS, Plan.Kind.RECONNECTS, Plan.Kind.LATE_BLOCKS,
            Plan.Kind.REACTIVATIONS, Plan.Kind.ADOPTIONS);
    /** Those in which most seeds run. */
    private static final List<Plan.Kind> COMMON = FAULTY.subList(0, 5);
    private static final int TRACED = 60;
    private static final int TRACED_ALL = 100_000;

    private final long seeds;
    private final long firstSeed;
    private final Plan.Kind onlyKind;
    private final Hole hole;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong steps = new AtomicLong();
    private final Faults faults = new Faults();
    private final long startedNs = System.nanoTime();
    private long failed;
    private long done;
    private final boolean goesOn;

    private Soak(List<String> arguments) {
        seeds = Long.parseLong(option(arguments, "--seeds", "1"));
        firstSeed = Long.parseLong(option(arguments, "--seed", "1"));
        String kind = option(arguments, "--kind", "");
        onlyKind = kind.isEmpty() ? null : Plan.Kind.valueOf(kind);
        hole = Hole.valueOf(option(arguments, "--hole", "NONE"));
        goesOn = arguments.contains("--go-on");
    }

    private static String option(List<String> arguments, String name, String otherwise) {
        int at = arguments.indexOf(name);
        return at >= 0 && at + 1 < arguments.size() ? arguments.get(at + 1) : otherwise;
    }

    /** Exit code 0: no violation. */
    public static void main(String[] arguments) throws InterruptedException {
        List<String> list = List.of(arguments);
        Soak soak = new Soak(list);
        if (list.contains("--digest")) {
            for (long seed = soak.firstSeed; seed < soak.firstSeed + soak.seeds; seed++) {
                System.out.println(digest(seed));
            }
            return;
        }
        if (list.contains("--holes")) {
            soak.proveCheckers();
            return;
        }
        int threads = Integer.parseInt(option(list, "--threads", "1"));
        List<Thread> all = java.util.stream.IntStream.range(0, threads).mapToObj(i -> new Thread(soak::work)).toList();
        all.forEach(Thread::start);
        for (Thread thread : all) {
            thread.join();
        }
        soak.report("end");
        System.exit(soak.failed > 0 ? 1 : 0);
    }

    /** Plants each hole in turn: how many seeds, of one node and of several in turns, until a checker saw it. */
    private void proveCheckers() {
        for (Hole planted : Hole.values()) {
            if (planted != Hole.NONE) {
                System.out.println(prove(planted));
            }
        }
    }

    private String prove(Hole planted) {
        for (long i = 0; i < seeds; i++) {
            List<Plan.Kind> kinds = kindsFor(planted);
            Plan.Kind kind = kinds.get((int) (i % kinds.size()));
            Simulation sim = new Simulation(firstSeed + i / kinds.size(), kind, planted, 0);
            try {
                sim.run();
            } catch (RuntimeException e) {
                String checker = e instanceof Violation violation ? violation.checker() : e.toString();
                return String.format("| `%s` | %s | %d, %s | %d | %s |", planted, planted.what(),
                        firstSeed + i / kinds.size(), kind, i + 1, checker);
            }
        }
        return String.format("| `%s` | %s | not seen in %d | | |", planted, planted.what(), seeds);
    }

    /** Those in which it can be seen. */
    static List<Plan.Kind> kindsFor(Hole planted) {
        return planted == Hole.D2_FORGETS_WITH_THE_MACHINE ? List.of(Plan.Kind.ADOPTIONS)
                : planted == Hole.OLD_REQUESTS_EXECUTED ? List.of(Plan.Kind.RESTARTS)
                : planted == Hole.D16_NAME_IS_MACHINE ? List.of(Plan.Kind.TWINS)
                : planted == Hole.D2_ASKS_NOBODY || planted == Hole.D2_TRUSTS_WHAT_IT_KNOWS
                ? List.of(Plan.Kind.SET_BACK) : FAULTY;
    }

    /** A number that tells whether two runs of a seed were the same, in every step and word. */
    static String digest(long seed) {
        Simulation sim = new Simulation(seed, kindOf(seed), Hole.NONE, TRACED_ALL);
        sim.run();
        CRC32C crc = new CRC32C();
        sim.trace().lines().forEach(line -> crc.update(line.getBytes(StandardCharsets.UTF_8)));
        return seed + " " + sim.steps() + " " + Long.toHexString(crc.getValue());
    }

    /** What a seed runs by default. */
    static Plan.Kind kindOf(long seed) {
        switch ((int) (seed % 20)) {
            case 0:
                return Plan.Kind.CALM;
            case 5:
                return Plan.Kind.REACTIVATIONS;
            case 10:
                return Plan.Kind.RECONNECTS;
            case 13:
                return Plan.Kind.ADOPTIONS;
            case 15:
                return Plan.Kind.LATE_BLOCKS;
            case 7:
                return Plan.Kind.RESTARTS;
            case 17:
                return Plan.Kind.SET_BACK;
            default:
                return COMMON.get((int) (seed % COMMON.size()));
        }
    }

    private void work() {
        for (long i = next.getAndIncrement(); i < seeds && (goesOn || failed == 0); i = next.getAndIncrement()) {
            runOne(firstSeed + i);
        }
    }

    private void runOne(long seed) {
        Plan.Kind kind = onlyKind == null ? kindOf(seed) : onlyKind;
        Simulation sim = new Simulation(seed, kind, hole, seeds == 1 ? TRACED_ALL : TRACED);
        Throwable failure = null;
        try {
            sim.run();
        } catch (RuntimeException e) {
            failure = e;
        }
        synchronized (this) {
            steps.addAndGet(sim.steps());
            faults.add(sim.faults());
            done++;
            if (failure != null) {
                failed++;
                fail(seed, kind, sim, failure);
            }
            if (done % 500 == 0) {
                report("running");
            }
        }
    }

    private void fail(long seed, Plan.Kind kind, Simulation sim, Throwable failure) {
        if (goesOn) {
            String text = failure.toString();
            System.out.println("seed " + seed + " " + kind + ": " + text.substring(0, Math.min(300, text.length())));
            return;
        }
        System.out.println(sim.plan());
        sim.trace().lines().forEach(System.out::println);
        System.out.println("FAILED: seed " + seed + ", " + kind + ", step " + sim.steps() + ": "
                + failure.getMessage());
        if (!(failure instanceof Violation)) {
            failure.printStackTrace(System.out);
        }
        System.out.println("replay: deploy/soak --seeds 1 --seed " + seed + " --kind " + kind
                + (hole == Hole.NONE ? "" : " --hole " + hole));
    }

    private void report(String what) {
        double seconds = (System.nanoTime() - startedNs) / 1e9;
        System.out.printf("%s: %d seeds, %d failed, %.0f s, %.0f seeds/s, %.0f steps/s; faults: %s%n", what,
                done, failed, seconds, done / seconds, steps.get() / seconds, faults);
    }
}
