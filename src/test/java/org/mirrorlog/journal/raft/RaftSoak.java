package org.mirrorlog.journal.raft;

/** Runs many seeds: {@code first seeds [hole [lost]]}; with the last word disks are lost and replaced. */
final class RaftSoak {

    private RaftSoak() {
    }

    /** Exit code 0: no violation. */
    public static void main(String[] arguments) {
        long first = Long.parseLong(arguments[0]);
        long seeds = Long.parseLong(arguments[1]);
        Hole hole = arguments.length > 2 ? Hole.valueOf(arguments[2]) : Hole.NONE;
        boolean losesDisks = hole == Hole.NONE && arguments.length > 3 || hole.isOfReplacement();
        int red = 0;
        long acknowledged = 0;
        for (long seed = first; seed < first + seeds; seed++) {
            RaftWorld world = new RaftWorld(seed, hole, losesDisks);
            try {
                world.run();
                if (seed % 100 == 0) {
                    System.out.println(world);
                }
            } catch (RuntimeException e) {
                red++;
                System.out.println("VIOLATION " + seed + ": " + e + "\n  " + world);
                if (!(e instanceof Histories.Violation)) {
                    e.printStackTrace(System.out);
                }
                if (hole != Hole.NONE) {
                    break;
                }
            }
            acknowledged += world.histories().acknowledgements();
        }
        System.out.println(hole + ": " + red + " red of " + seeds + " seeds from " + first + ", " + acknowledged
                + " acknowledged");
        System.exit(red > 0 ? 1 : 0);
    }
}
