package org.mirrorlog.kernelguest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.mirrorlog.fleet.LoopbackNet;
import org.mirrorlog.journal.postgres.PostgresServer;

/**
 * Machines whose power fails again and again, at moments that a seed decides, while fio writes to two mirrors, one of
 * each log type; one machine, or two that share the mirrors beside a PostgreSQL, which dies with them. After each cut
 * the legs are compared with the log device before the machines come up (S1), and with each other once the mirrors have
 * been resynced; what was acknowledged before is looked for on both legs.
 *
 * <p>The last quarter of each mirror is never written, and its legs differ there all the time: if it is ever copied,
 * more than what was dirty has been resynced.
 */
final class PowerCuts {
    private static final MirrorTable.Geometry GEOMETRY = new MirrorTable.Geometry(32 * 1024, 128);
    private static final int REGIONS = GEOMETRY.regions();
    private static final int BLOCK = 4096;
    private static final long QUARTER = GEOMETRY.bytes() / 4;
    private static final List<String> KINDS = List.of("core", "disk");
    private static final Duration LIMIT = Duration.ofSeconds(240);

    private final List<KernelLab> machines;
    /** The first machine; whoever looks at disks looks at its. */
    private final KernelLab lab;
    private final PostgresServer journal;
    private final long seed;
    private final BitSet neverWritten = new BitSet();
    private final Acknowledged acknowledged;
    private int cuts;
    private boolean isInSync = true;

    /** What has been done to the machine, and what was seen on its disks then; {@code torn} regions differed. */
    record Cut(int number, Plan plan, int dirty, int torn) {
        @Override
        public String toString() {
            return String.format("cut %d: %s, %s; on the log device %d regions were dirty, legs differed in %d", number,
                    plan.isOfHost() ? "guest, daemon and what was not forced" : "guest and daemon",
                    plan.afterMs() + " ms after "
                    + (plan.isInResync() ? "the resync began" : plan.writes() + " writes"),
                    dirty, torn);
        }
    }

    /**
     * What a seed decides.
     *
     * @param isOfHost the daemon's data disk forgets what was not forced
     * @param isInResync the resync after the cut before is cut as well
     * @param writes so often was a write of fio to each mirror seen before, ten times a second at most
     * @param afterMs so long after the last of them, or after the resync began
     * @param leg1Ms so much later do writes reach the second leg
     */
    record Plan(boolean isOfHost, boolean isInResync, int writes, int afterMs, int leg1Ms, boolean integratedFlush,
            int fioSeed) {
        static Plan of(long seed, int number) {
            Random random = new Random(seed * 1_000_003 + number);
            boolean isInResync = number > 1 && random.nextInt(4) == 0;
            return new Plan(number % 2 == 0, isInResync, 1 + random.nextInt(8), random.nextInt(1_000),
                    List.of(0, 300, 2_000).get(random.nextInt(3)), random.nextBoolean(), random.nextInt(1 << 30));
        }
    }

    private PowerCuts(List<KernelLab> machines, PostgresServer journal, long seed) {
        this.machines = machines;
        this.lab = machines.get(0);
        this.journal = journal;
        this.seed = seed;
        this.acknowledged = new Acknowledged(lab, (int) QUARTER);
        neverWritten.set(REGIONS / 4 * 3, REGIONS);
    }

    /** Makes the disks of a lab that has none yet, and boots the machine for the first time. */
    static PowerCuts begin(KernelLab lab, long seed) throws IOException {
        PowerCuts cuts = new PowerCuts(List.of(lab), null, seed);
        cuts.makeDisks();
        lab.forgetfulData().bootWithDaemon();
        return cuts;
    }

    /** The same for two machines without disks, whose daemons find each other in {@code net}. */
    static PowerCuts begin(List<KernelLab> machines, PostgresServer journal, LoopbackNet net, long seed)
            throws IOException, SQLException {
        PowerCuts cuts = new PowerCuts(machines, journal, seed);
        cuts.makeDisks();
        machines.get(1).disksOf(cuts.lab);
        GuestCluster cluster = new GuestCluster(net, PostgresServer.url(journal.port(), journal.database()));
        for (int number = 1; number <= machines.size(); number++) {
            cluster.node(machines.get(number - 1), number, "node" + number).forgetfulData().bootWithDaemon();
        }
        return cuts;
    }

    private void makeDisks() throws IOException {
        for (String kind : KINDS) {
            lab.disk("leg0" + kind, GEOMETRY.bytes()).disk("leg1" + kind, GEOMETRY.bytes());
            legs(kind).makeEqual(seed);
            legs(kind).plantCanaries(neverWritten);
        }
        lab.sharedDisk("log", KernelGuestTest.MIB);
    }

    /** Writes, cuts the power, looks at the disks and starts the machine again; AssertionError if a byte is wrong. */
    Cut cut() throws IOException, InterruptedException {
        Plan plan = Plan.of(seed, ++cuts);
        if (plan.isInResync()) {
            create(0, plan.integratedFlush());
        } else {
            resync();
            create(plan.leg1Ms(), plan.integratedFlush());
            KINDS.forEach(kind -> acknowledged.write(kind, plan.fioSeed()));
            startWrites(plan);
        }
        Thread.sleep(plan.afterMs());
        powerFails(plan.isOfHost());
        Cut cut = seen(plan);
        if (journal != null) {
            journal.up();
        }
        machines.forEach(KernelLab::bootWithDaemon);
        return cut;
    }

    private void powerFails(boolean isOfHost) throws InterruptedException {
        if (journal != null) {
            journal.kill();
        }
        for (KernelLab machine : machines) {
            if (isOfHost) {
                machine.cutPowerOfHost();
            } else {
                machine.cutPower();
            }
        }
        isInSync = false;
    }

    /** Lets both mirrors come up and be resynced after a cut, removes them, and compares all there is. */
    void resync() throws IOException {
        if (isInSync) {
            return;
        }
        create(0, false);
        machines.forEach(machine -> machine.inGuest("until [ \"$(dmsetup status | grep -c ' " + REGIONS + "/" + REGIONS
                + " ')\" = " + KINDS.size() + " ]; do sleep 0.2; done"));
        machines.forEach(machine -> machine.inGuest("dmsetup remove mcore mdisk"));
        for (String kind : KINDS) {
            assertEquals(neverWritten, legs(kind).differingRegions(), "regions of " + kind + " that differ in the end,"
                    + " and those where the legs were made to differ");
            acknowledged.assertOnBothLegs(kind);
        }
        assertEquals(new BitSet(), log().dirty(REGIONS), "regions dirty on the log device of removed mirrors");
        machines.forEach(machine -> assertEquals("", KernelGuestTest.complaints(machine), "a kernel complained"));
        isInSync = true;
    }

    /** S1: what the log device calls clean is equal on both legs; and the never written is clean, and as it was. */
    private Cut seen(Plan plan) throws IOException {
        DiskLogFile log = log();
        assertTrue(log.isSoundFor(REGIONS), () -> "header of the log device: " + log);
        BitSet dirty = log.dirty(REGIONS);
        assertTrue(!dirty.intersects(neverWritten), () -> "never written, and dirty on the log device: " + dirty);
        int torn = 0;
        for (String kind : KINDS) {
            BitSet differing = legs(kind).differingRegions();
            BitSet untouched = (BitSet) differing.clone();
            untouched.and(neverWritten);
            assertEquals(neverWritten, untouched, "regions of " + kind + " where the legs were made to differ, and do");
            differing.andNot(neverWritten);
            torn += differing.cardinality();
            if (kind.equals("disk")) {
                differing.andNot(dirty);
                assertEquals(new BitSet(), differing, "regions that differ although the log device calls them clean");
            }
            acknowledged.assertOnBothLegs(kind);
        }
        return new Cut(cuts, plan, dirty.cardinality(), torn);
    }

    /**
     * Starts fio, on each machine in blocks of its own in all regions, and returns when it has written to each mirror
     * and so many writes have been seen.
     */
    private void startWrites(Plan plan) {
        for (int i = 0; i < machines.size(); i++) {
            machines.get(i).startInGuest("fio --direct=1 --ioengine=libaio --bs=4k --rw=randwrite --iodepth=8"
                    + " --blockalign=" + machines.size() * BLOCK + " --offset=" + (QUARTER + i * BLOCK) + " --size="
                    + (2 * QUARTER - i * BLOCK) + " --time_based --runtime=600 --randseed=" + (plan.fioSeed() + i)
                    + " --allow_file_create=0" + KINDS.stream().map(kind -> " --name=" + kind
                    + " --filename=/dev/mapper/m" + kind).collect(Collectors.joining()));
        }
        for (String kind : KINDS) {
            FileTime last = written(kind);
            for (int writes = 0; writes < plan.writes(); writes++) {
                FileTime before = last;
                last = Await.until("the next write", LIMIT, () -> written(kind), now -> !now.equals(before));
            }
        }
    }

    /** When the first leg was written last. */
    private FileTime written(String kind) {
        try {
            return Files.getLastModifiedTime(lab.file("leg0" + kind));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void create(int leg1Ms, boolean integratedFlush) {
        machines.forEach(machine -> machine.inGuest(creation(machine, leg1Ms, integratedFlush)));
    }

    private static String creation(KernelLab machine, int leg1Ms, boolean integratedFlush) {
        StringBuilder script = new StringBuilder();
        for (String kind : KINDS) {
            String leg1 = machine.device("leg1" + kind);
            if (leg1Ms > 0) {
                script.append("dmsetup create late").append(kind).append(" --table '0 ").append(GEOMETRY.sectors())
                        .append(" delay ").append(leg1).append(" 0 0 ").append(leg1).append(" 0 ").append(leg1Ms)
                        .append("'\n");
                leg1 = "/dev/mapper/late" + kind;
            }
            MirrorTable table = new MirrorTable("CUT-" + kind, "clustered-" + kind, integratedFlush,
                    machine.device("log"), "nosync", GEOMETRY, List.of(machine.device("leg0" + kind), leg1));
            script.append("dmsetup create m").append(kind).append(" --table '").append(table.line()).append("'\n");
        }
        return script.toString();
    }

    private Legs legs(String kind) {
        return new Legs(lab.file("leg0" + kind), lab.file("leg1" + kind), GEOMETRY);
    }

    private DiskLogFile log() throws IOException {
        return DiskLogFile.read(lab.file("log"), REGIONS);
    }
}
