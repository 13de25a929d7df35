package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a run is like, drawn from its seed: each kind of fault is in it or not, so that runs differ in kind.
 *
 * @param nodes machines
 * @param shapes of the mirrors, each with a log of its own
 * @param lazyClearMs see Tuning
 * @param writeEveryMs mean time between writes of one machine to one mirror
 * @param manageEveryMs mean time between calls of management
 * @param durationMs with faults; the time in which everything heals comes after it
 * @param odds probability of faults that strike an action
 * @param everyMs mean time between faults that strike by themselves
 */
record Plan(int nodes, List<Shape> shapes, long lazyClearMs, long writeEveryMs, long manageEveryMs, long durationMs,
            Map<Fault, Double> odds, Map<Fault, Long> everyMs) {
    /**
     * One mirror.
     *
     * @param isDisk the log has a log device
     * @param isNosync the table says so, and the legs start equal
     * @param isIntegratedFlush see protocol.md 2.2.9
     * @param isHandlingErrors the mirror feature; always where devices or legs fail
     * @param regions at first
     * @param regionSizeSectors at first
     * @param hotSectors how many sectors most writes go to
     */
    record Shape(boolean isDisk, boolean isNosync, boolean isIntegratedFlush, boolean isHandlingErrors, int regions,
                 int regionSizeSectors, int hotSectors) { }

    /** What a caller may insist on. */
    enum Kind {
        CALM, ONE_NODE, SEVERAL_NODES, SHARED_DISK, SEVERAL_LOGS, DEATHS, RECONNECTS, LATE_BLOCKS, REACTIVATIONS,
        ADOPTIONS, SET_BACK, TWINS, RESTARTS
    }

    static Plan draw(Dice dice, Kind kind) {
        switch (kind) {
            case SHARED_DISK:
                return sharedDisk(dice);
            case SEVERAL_LOGS:
                return severalLogs(dice);
            case DEATHS:
                return deaths(dice);
            case RECONNECTS:
                return reconnects(dice);
            case LATE_BLOCKS:
                return lateBlocks(dice);
            case REACTIVATIONS:
                return reactivations(dice);
            case ADOPTIONS:
                return adoptions(dice);
            case SET_BACK:
                return setBack(dice);
            case TWINS:
                return twins(dice);
            case RESTARTS:
                return restarts(dice);
            default:
                return oneLog(dice, kind);
        }
    }

    /** Two or three mirrors, each of its own kind, on up to three machines. */
    private static Plan severalLogs(Dice dice) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        boolean isOnlyBlocked = dice.chance(0.25);
        int nodes = isOnlyBlocked ? 1 : (int) dice.between(1, 3);
        if (!isOnlyBlocked) {
            drawFaults(dice, odds, everyMs);
            drawClusterFaults(dice, odds, everyMs);
        }
        if (isOnlyBlocked || dice.chance(0.3)) {
            everyMs.put(Fault.LOG_BLOCKED, 15_000L);
        }
        List<Shape> shapes = new ArrayList<>();
        for (long left = dice.between(2, 3); left > 0; left--) {
            shapes.add(shape(dice, dice.chance(0.4), false));
        }
        return new Plan(nodes, List.copyOf(shapes), dice.pick(List.of(100L, 1_000L, 5_000L)), dice.between(100, 1_500),
                dice.between(1_500, 20_000), dice.between(20_000, 60_000), odds, everyMs);
    }

    /** Whether nothing goes wrong but that single logs are blocked: then no other log may wait (H23). */
    boolean isOnlyBlocked() {
        return odds.isEmpty() && everyMs.keySet().equals(Set.of(Fault.LOG_BLOCKED));
    }

    /**
     * Machines that die, and an operator who says so at once, late or never; a new boot is proof of it, or is not
     * (D16).
     */
    private static Plan deaths(Dice dice) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        drawFaults(dice, odds, everyMs);
        drawClusterFaults(dice, odds, everyMs);
        everyMs.put(Fault.MACHINE_CRASH, dice.between(6_000, 25_000));
        maybe(dice, odds, Fault.DEATH_TOLD_LATE, 1.0);
        maybe(dice, odds, Fault.DEATH_TOLD, 1.0);
        if (dice.chance(0.4)) {
            odds.put(Fault.BOOT_DOUBTED, 1.0);
        }
        Shape shape = shape(dice, dice.chance(0.4), false);
        return new Plan((int) dice.between(2, 4), List.of(shape), dice.pick(List.of(100L, 1_000L, 5_000L)),
                dice.between(30, 1_000), dice.between(1_500, 20_000), dice.between(20_000, 90_000), odds, everyMs);
    }

    /** Kernels reconnect all the time, daemons die and forget, and copies are under way meanwhile (1.7, D15). */
    private static Plan reconnects(Dice dice) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        int nodes = (int) dice.between(1, 4);
        drawFaultsOf(nodes, dice, odds, everyMs);
        everyMs.put(Fault.OVERRUN, dice.between(1_000, 6_000));
        odds.put(Fault.RECONNECT_CUT, 0.3);
        everyMs.put(Fault.DAEMON_CRASH, dice.between(3_000, 12_000));
        odds.put(Fault.RECORD_LOST, dice.between(0.05, 0.6));
        Shape shape = shape(dice, dice.chance(0.4), false);
        return new Plan(nodes, List.of(shape), dice.pick(List.of(100L, 1_000L, 5_000L)), dice.between(30, 1_000),
                dice.between(1_500, 20_000), dice.between(20_000, 90_000), odds, everyMs);
    }

    /**
     * The survivors of a death are suspended and resumed anew, node after node (D22). Kernels repeat much that was done
     * long ago: a report of a region, say, that somebody who has died since was writing (S7).
     */
    private static Plan reactivations(Dice dice) {
        Plan plan = deaths(dice);
        plan.odds.put(Fault.DEATH_TOLD, 0.7);
        plan.odds.put(Fault.REACTIVATED, 1.0);
        plan.odds.put(Fault.REPLY_LOST, 0.05);
        return plan;
    }

    /** Logs are adopted, whether they need it or not: because their journal was lost or set back, or for no reason. */
    private static Plan adoptions(Dice dice) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        int journal = dice.below(4);
        boolean isSetBackOften = journal == 3;
        int nodes = isSetBackOften ? 1 : (int) dice.between(1, 4);
        drawFaultsOf(nodes, dice, odds, everyMs);
        everyMs.put(Fault.ADOPTED, isSetBackOften ? 60_000L : dice.between(5_000, 30_000));
        if (isSetBackOften) {
            // All power gone, an older copy back, no device, and a table that says "equal": only the machine remembers.
            everyMs.put(Fault.JOURNAL_ROLLED_BACK, dice.between(5_000, 12_000));
        } else if (journal > 0) {
            everyMs.put(journal == 1 ? Fault.JOURNAL_LOST : Fault.JOURNAL_ROLLED_BACK, dice.between(8_000, 40_000));
        }
        Shape drawn = shape(dice, dice.chance(0.4), false);
        boolean isNosync = dice.chance(0.6);
        Shape shape = new Shape(drawn.isDisk && !isSetBackOften, isNosync || isSetBackOften,
                drawn.isIntegratedFlush, drawn.isHandlingErrors, drawn.regions, drawn.regionSizeSectors,
                drawn.hotSectors);
        if (!shape.isDisk && shape.isNosync && nodes > 1) {
            // A machine that has never used the log may be the first to use it: it has heard of nothing.
            everyMs.remove(Fault.JOURNAL_ROLLED_BACK);
        }
        return new Plan(nodes, List.of(shape), dice.pick(List.of(100L, 1_000L, 5_000L)), dice.between(30, 1_000),
                dice.between(1_500, 20_000), dice.between(20_000, 90_000), odds, everyMs);
    }

    /**
     * All power gone again and again, an older copy of the journal back, no log device, and a table that says "equal":
     * before the first time one machine alone uses the mirror, again and again, and who is the first one after it is
     * chance (D2).
     */
    private static Plan setBack(Dice dice) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        if (dice.chance(0.5)) {
            drawFaults(dice, odds, everyMs);
            drawClusterFaults(dice, odds, everyMs);
        }
        odds.put(Fault.LATECOMER, 1.0);
        odds.put(Fault.LEG_SLOW, dice.between(0.1, 0.5));
        odds.put(Fault.SUSPEND, 0.8);
        everyMs.put(Fault.JOURNAL_ROLLED_BACK, dice.between(4_000, 15_000));
        Shape drawn = shape(dice, false, false);
        Shape shape = new Shape(false, true, drawn.isIntegratedFlush, drawn.isHandlingErrors, drawn.regions,
                drawn.regionSizeSectors, drawn.hotSectors);
        return new Plan((int) dice.between(2, 4), List.of(shape), dice.pick(List.of(1_000L, 5_000L)),
                dice.between(300, 2_000), dice.between(1_500, 4_000), dice.between(20_000, 60_000), odds, everyMs);
    }

    /** Daemons end suddenly all the time, and the next start has kernels ask again for what they lost (1.4). */
    private static Plan restarts(Dice dice) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        int nodes = (int) dice.between(1, 4);
        drawFaultsOf(nodes, dice, odds, everyMs);
        odds.put(Fault.ASKED_AGAIN, 1.0);
        everyMs.put(Fault.DAEMON_CRASH, dice.between(1_000, 6_000));
        Shape shape = shape(dice, dice.chance(0.4), false);
        return new Plan(nodes, List.of(shape), dice.pick(List.of(100L, 1_000L, 5_000L)), dice.between(30, 500),
                dice.between(1_500, 20_000), dice.between(20_000, 90_000), odds, everyMs);
    }

    /** Whether an older copy of the journal, which does not know a log, is found out by other machines only. */
    boolean mayForgetUnnoticed() {
        return nodes > 1 && everyMs.containsKey(Fault.JOURNAL_ROLLED_BACK)
                && shapes.stream().anyMatch(shape -> shape.isNosync && !shape.isDisk);
    }

    /**
     * Two machines have one node name, and each of them boots while the other is cut off and goes on writing. Data
     * directories are lost, or are those of another machine; a third machine may be a clone (D16).
     */
    private static Plan twins(Dice dice) {
        Plan plan = deaths(dice);
        plan.odds.put(Fault.TWIN, 1.0);
        plan.odds.remove(Fault.BOOT_DOUBTED);
        plan.everyMs.put(Fault.PARTITION, dice.between(5_000, 15_000));
        maybe(dice, plan.odds, Fault.DIRECTORY_LOST, 0.6);
        if (plan.nodes > 2 && dice.chance(0.3)) {
            plan.odds.put(Fault.CLONED, 1.0);
        }
        return plan;
    }

    boolean isTwinned() {
        return odds.containsKey(Fault.TWIN);
    }

    boolean isReactivating() {
        return odds.containsKey(Fault.REACTIVATED);
    }

    boolean isBootProofOfDeath() {
        return !odds.containsKey(Fault.BOOT_DOUBTED);
    }

    /** One to four nodes with the log device of one mirror. */
    private static Plan sharedDisk(Dice dice) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        int nodes = (int) dice.between(1, 4);
        drawFaults(dice, odds, everyMs);
        drawClusterFaults(dice, odds, everyMs);
        maybe(dice, odds, Fault.LATE_BLOCK, 0.1);
        maybeEvery(dice, everyMs, Fault.SUSPEND_ALL, 8_000);
        boolean isAboutDeposedOwners = nodes > 1 && dice.chance(0.2);
        if (isAboutDeposedOwners) {
            // Deposed in the middle of a write; few marks soon after, and the end of all sessions.
            odds.put(Fault.LATE_BLOCK, 0.3);
            everyMs.keySet().retainAll(List.of(Fault.LEG_ERROR));
            everyMs.put(Fault.OWNER_MOVED, 1_500L);
            everyMs.put(Fault.SUSPEND_ALL, 6_000L);
        }
        boolean isJournalFaulty = dice.chance(0.3);
        if (isJournalFaulty) {
            everyMs.put(dice.chance(0.6) ? Fault.JOURNAL_LOST : Fault.JOURNAL_ROLLED_BACK, dice.between(5_000, 40_000));
        }
        int failing = dice.below(10);
        if (failing < 2) {
            everyMs.put(Fault.LEG_ERROR, 15_000L);
        } else if (failing < 4) {
            odds.put(Fault.DEVICE_WRITE_ERROR, dice.between(0.002, 0.02));
            odds.put(Fault.DEVICE_FLUSH_ERROR, dice.between(0.002, 0.02));
            odds.put(Fault.DEVICE_REFUSED, 0.02);
        }
        Shape shape = shape(dice, true, failing < 4);
        long lazyClearMs = isAboutDeposedOwners ? 100 : dice.pick(List.of(100L, 1_000L, 5_000L));
        long writeEveryMs = isAboutDeposedOwners ? 1_500 : dice.between(30, 1_000);
        return new Plan(nodes, List.of(shape), lazyClearMs, writeEveryMs, dice.between(1_500, 20_000),
                dice.between(20_000, 90_000), odds, everyMs);
    }

    /**
     * Few writes, owners deposed in the middle of them, and the end of all sessions again and again: what a deposed
     * owner wrote late is to be found on the log device when nothing else would write that block any more (D20).
     */
    private static Plan lateBlocks(Dice dice) {
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        if (dice.chance(0.3)) {
            drawFaults(dice, odds, everyMs);
        }
        odds.put(Fault.LATE_BLOCK, dice.between(0.02, 0.1));
        odds.put(Fault.ZOMBIE_OWNER, 0.5);
        everyMs.put(Fault.OWNER_MOVED, dice.between(2_000, 8_000));
        everyMs.put(Fault.SUSPEND_ALL, dice.between(3_000, 8_000));
        Shape shape = shape(dice, true, false);
        return new Plan((int) dice.between(2, 3), List.of(shape), 100, dice.between(500, 2_000),
                dice.between(1_500, 20_000), dice.between(60_000, 120_000), odds, everyMs);
    }

    private static Shape shape(Dice dice, boolean isDisk, boolean mustHandleErrors) {
        return new Shape(isDisk, dice.chance(0.3), dice.chance(0.4), mustHandleErrors || dice.chance(0.5),
                (int) dice.between(2, 24), dice.chance(0.7) ? 2 : 4, (int) dice.between(1, 8));
    }

    private static Plan oneLog(Dice dice, Kind kind) {
        int nodes = kind == Kind.SEVERAL_NODES ? (int) dice.between(2, 5) : 1;
        Map<Fault, Double> odds = new EnumMap<>(Fault.class);
        Map<Fault, Long> everyMs = new EnumMap<>(Fault.class);
        if (kind != Kind.CALM) {
            drawFaults(dice, odds, everyMs);
        }
        boolean isDisk = nodes == 1 && dice.chance(0.6);
        boolean isLegFaulty = nodes == 1 && kind == Kind.ONE_NODE && dice.chance(0.15);
        boolean isDeviceFaulty = isDisk && kind == Kind.ONE_NODE && !isLegFaulty && dice.chance(0.25);
        if (isLegFaulty) {
            everyMs.put(Fault.LEG_ERROR, 15_000L);
        }
        if (isDeviceFaulty) {
            odds.put(Fault.DEVICE_WRITE_ERROR, dice.between(0.002, 0.02));
            odds.put(Fault.DEVICE_FLUSH_ERROR, dice.between(0.002, 0.02));
            odds.put(Fault.DEVICE_REFUSED, 0.02);
        }
        if (nodes > 1) {
            drawClusterFaults(dice, odds, everyMs);
        }
        boolean isNosync = dice.chance(0.3);
        if (!isNosync && nodes == 1 && kind != Kind.CALM && dice.chance(0.3)) {
            odds.put(Fault.GEOMETRY_CHANGED, 0.4);
        }
        int regions = (int) dice.between(2, 24);
        int regionSize = dice.chance(0.7) ? 2 : 4;
        boolean isIntegratedFlush = dice.chance(0.4);
        boolean isHandlingErrors = isLegFaulty || isDeviceFaulty || dice.chance(0.5);
        long lazyClearMs = dice.pick(List.of(100L, 1_000L, 5_000L));
        long writeEveryMs = dice.between(30, 1_000);
        Shape shape = new Shape(isDisk, isNosync, isIntegratedFlush, isHandlingErrors, regions, regionSize,
                (int) dice.between(1, 8));
        return new Plan(nodes, List.of(shape), lazyClearMs, writeEveryMs, dice.between(1_500, 20_000),
                dice.between(20_000, 90_000), odds, everyMs);
    }

    /**
     * Faults that were thought of later, from dice of their own: so the seeds that found bugs before stay what they
     * were.
     */
    void drawMore(Dice dice) {
        if (isOnlyBlocked()) {
            return;
        }
        if (!everyMs.isEmpty() && dice.chance(0.3)) {
            odds.put(Fault.COPY_SLOW, dice.between(0.1, 0.9));
        }
        if (nodes > 2 && !everyMs.isEmpty() && dice.chance(0.2)) {
            // The first resync never comes to an end: machines die during it, and much is asked long before it is
            // answered.
            odds.put(Fault.COPY_SLOW, 1.0);
            odds.put(Fault.MESSAGE_LOST, 0.25);
            everyMs.put(Fault.MACHINE_CRASH, 6_000L);
        }
        boolean isEverybodyInMemory = nodes == 1 && !odds.containsKey(Fault.TABLE_SWAP)
                && !odds.containsKey(Fault.DEVICE_WRITE_ERROR)
                && List.of(Fault.DAEMON_CRASH, Fault.MACHINE_CRASH, Fault.POWER_LOSS, Fault.LEG_ERROR,
                        Fault.JOURNAL_LOST, Fault.JOURNAL_ROLLED_BACK,
                        // Which of two copies it would go into, nobody could say.
                        Fault.ADOPTED).stream().noneMatch(everyMs::containsKey);
        if (!everyMs.isEmpty() && isEverybodyInMemory) {
            // D2: only who remembers the number of the log can tell.
            everyMs.put(Fault.JOURNAL_BEHIND, dice.between(3_000, 20_000));
        }
    }

    /** Those of a cluster as well, if it is one. */
    private static void drawFaultsOf(int nodes, Dice dice, Map<Fault, Double> odds, Map<Fault, Long> everyMs) {
        drawFaults(dice, odds, everyMs);
        if (nodes > 1) {
            drawClusterFaults(dice, odds, everyMs);
        }
    }

    private static void drawFaults(Dice dice, Map<Fault, Double> odds, Map<Fault, Long> everyMs) {
        maybe(dice, odds, Fault.MESSAGE_LOST, 0.03);
        maybe(dice, odds, Fault.MESSAGE_TWICE, 0.03);
        maybe(dice, odds, Fault.MESSAGE_LATE, 0.05);
        maybe(dice, odds, Fault.REPLY_LOST, 0.003);
        maybe(dice, odds, Fault.APPEND_REFUSED, 0.01);
        maybe(dice, odds, Fault.APPEND_SLOW, 0.01);
        maybe(dice, odds, Fault.APPEND_LOST, 0.01);
        maybe(dice, odds, Fault.APPEND_UNKNOWN, 0.02);
        maybe(dice, odds, Fault.REPLAY_STALE, 0.1);
        maybe(dice, odds, Fault.DEVICE_SLOW, 0.01);
        maybe(dice, odds, Fault.LEG_SLOW, 0.02);
        maybe(dice, odds, Fault.RECORD_LOST, 0.2);
        maybeEvery(dice, everyMs, Fault.OVERRUN, 10_000);
        maybeEvery(dice, everyMs, Fault.DAEMON_CRASH, 10_000);
        maybeEvery(dice, everyMs, Fault.DAEMON_PAUSE, 10_000);
        maybeEvery(dice, everyMs, Fault.MACHINE_CRASH, 25_000);
        maybeEvery(dice, everyMs, Fault.POWER_LOSS, 40_000);
        maybeEvery(dice, everyMs, Fault.OWNER_STOPPED, 5_000);
        maybeEvery(dice, everyMs, Fault.JOURNAL_DOWN, 20_000);
        if (dice.chance(0.7)) {
            odds.put(Fault.TABLE_SWAP, 1.0);
            odds.put(Fault.SUSPEND, 1.0);
            odds.put(Fault.TABLE_CLEARED, 1.0);
            odds.put(Fault.TABLE_REMOVED, 1.0);
        }
        if (everyMs.containsKey(Fault.OVERRUN)) {
            odds.put(Fault.RECONNECT_CUT, 0.2);
        }
    }

    private static void drawClusterFaults(Dice dice, Map<Fault, Double> odds, Map<Fault, Long> everyMs) {
        maybeEvery(dice, everyMs, Fault.OWNER_MOVED, 5_000);
        maybeEvery(dice, everyMs, Fault.PARTITION, 15_000);
        maybe(dice, odds, Fault.ZOMBIE_OWNER, 0.7);
    }

    private static void maybe(Dice dice, Map<Fault, Double> odds, Fault fault, double most) {
        if (dice.chance(0.5)) {
            odds.put(fault, dice.between(most / 10, most));
        }
    }

    private static void maybeEvery(Dice dice, Map<Fault, Long> everyMs, Fault fault, long meanMs) {
        if (dice.chance(0.5)) {
            everyMs.put(fault, dice.between(meanMs / 2, 2 * meanMs));
        }
    }
}
