package org.mirrorlog.kernelguest;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.mirrorlog.fleet.LoopbackNet;
import org.mirrorlog.journal.postgres.PostgresServer;

/** {@code deploy/soak-kernel}, which says how to call it: {@link PowerCuts} in number, until one finds a difference. */
final class PowerCutSoak {
    private PowerCutSoak() {
    }

    public static void main(String[] args) throws Exception {
        int number = 0;
        boolean isOfTwo = false;
        long seed = System.nanoTime() % 1_000_000_000;
        try {
            for (int i = 0; i < args.length; i++) {
                if (args[i].equals("--two")) {
                    isOfTwo = true;
                } else if (args[i].equals("--seed")) {
                    seed = Long.parseLong(args[++i]);
                } else {
                    number = Integer.parseInt(args[i]);
                }
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            number = 0;
        }
        if (number < 1) {
            System.err.println("soak-kernel: N [--two] [--seed S] is wanted, N and S are numbers");
            System.exit(2);
        }
        System.exit(run(number, seed, isOfTwo) ? 0 : 1);
    }

    private static boolean run(int number, long seed, boolean isOfTwo) throws Exception {
        System.out.printf("seed %d%n", seed);
        String name = "power-cuts-" + seed;
        try (KernelLab lab = KernelLab.open(name)) {
            if (!isOfTwo) {
                return run(number, List.of(lab), () -> PowerCuts.begin(lab, seed), "--seed " + seed);
            }
            try (KernelLab other = KernelLab.open(name + "-2"); PostgresServer journal = PostgresServer.start();
                    LoopbackNet net = LoopbackNet.take()) {
                return run(number, List.of(lab, other), () -> PowerCuts.begin(List.of(lab, other), journal, net, seed),
                        "--two --seed " + seed);
            }
        } catch (LabUnavailableException e) {
            System.out.println("no real kernel on this machine: " + e.getMessage());
            return false;
        }
    }

    private static boolean run(int number, List<KernelLab> labs, Callable<PowerCuts> begin, String again)
            throws Exception {
        long began = System.nanoTime();
        int done = 0;
        try {
            PowerCuts cuts = begin.call();
            for (; done < number; done++) {
                System.out.printf("%5d s  %s%n", secondsSince(began), cuts.cut());
            }
            cuts.resync();
        } catch (AssertionError | IllegalStateException e) {
            labs.forEach(KernelLab::saveDmesg);
            labs.forEach(KernelLab::keepDisks);
            System.out.printf("FAILED after %d cuts%n%s%nlogs and disks: %s%nagain: deploy/soak-kernel %d %s%n",
                    done, e.getMessage(), labs.get(0).directory(), Math.min(done + 1, number), again);
            return false;
        }
        System.out.printf("end: no difference after %d cuts, %d s each%n", number, secondsSince(began) / number);
        return true;
    }

    private static long secondsSince(long began) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    }
}
