package org.mirrorlog.emulator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.mirrorlog.fleet.Fleet;
import org.mirrorlog.fleet.FleetNode;
import org.mirrorlog.protocol.RequestType;

/**
 * How long a log is not answered when its owner's daemon is killed, from the kill to the first new mark that is durable
 * again: {@code deploy/bench --cluster}. A benchmark and not a test: it runs only when asked for, measures, and judges
 * nothing.
 */
@Tag("slow")
@EnabledIfSystemProperty(named = "cluster.bench", matches = "true")
class FailoverBench {
    private static final int REGIONS = 65536;
    private static final int REGION_SECTORS = 1024;
    private static final int NODES = 3;
    private static final int RUNS = Integer.getInteger("cluster.bench.kills", 3);
    private static final long PACE_MS = 5;
    private static final long BEFORE_KILL_MS = 1_000;
    private static final long LOOK_AGAIN_MS = 20;
    /** What takes so long was under way to the owner when it died. */
    private static final long LOST_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long GIVE_UP_NS = TimeUnit.SECONDS.toNanos(60);
    /** Further settings of the daemons, as key=value;key=value. */
    private static final String[] MORE =
            Stream.of(System.getProperty("cluster.bench.settings", "").split(";")).filter(s -> !s.isBlank())
            .toArray(String[]::new);

    private final AtomicInteger seqs = new AtomicInteger();
    private int tables;
    private int boots;

    /** What one kill has cost, in seconds. */
    private record Outage(double sinceKill, double toldAfter) { }

    @Test
    void measure() throws Exception {
        try (Fleet fleet = Fleet.start(NODES, MORE)) {
            for (boolean isTold : new boolean[] {false, true}) {
                for (boolean isCoordinators : new boolean[] {false, true}) {
                    List<Outage> outages = new ArrayList<>();
                    for (int i = 0; i < RUNS; i++) {
                        outages.add(kill(fleet, isCoordinators, isTold));
                    }
                    say(outages, isCoordinators, isTold);
                }
            }
        }
    }

    private static void say(List<Outage> outages, boolean isCoordinators, boolean isTold) {
        String kills = seconds(outages.stream().mapToDouble(Outage::sinceKill).toArray());
        String told = !isTold ? "nobody told" : "told "
                + seconds(outages.stream().mapToDouble(Outage::toldAfter).toArray())
                + " s after the kill, answered " + seconds(outages.stream()
                .mapToDouble(outage -> outage.sinceKill() - outage.toldAfter()).toArray()) + " s after that";
        System.out.printf(Locale.ROOT, "kill -9 of the owner%s: answered again %s s after the kill (%s)%n",
                isCoordinators ? " with the coordinator" : "", kills, told);
    }

    private static String seconds(double[] values) {
        return String.join(", ", java.util.Arrays.stream(values).sorted()
                .mapToObj(value -> String.format(Locale.ROOT, "%.2f", value)).toList());
    }

    /**
     * Kills the node that owns a new log while another node writes, and brings it back as a machine that has booted.
     */
    private Outage kill(Fleet fleet, boolean isCoordinators, boolean isTold) throws Exception {
        int oldest = oldest(fleet);
        int victim = isCoordinators ? oldest : oldest % NODES + 1;
        int asker = IntStream.rangeClosed(1, NODES).filter(i -> i != victim && i != oldest).findFirst().orElseThrow();
        FleetNode dying = fleet.node(victim);
        String uuid = "LVM-bench-failover-" + tables;
        Outage outage;
        try (RawLog owner = table(fleet.node(victim), uuid); RawLog other = table(fleet.node(asker), uuid)) {
            owner.resume();
            other.resume();
            ExecutorService thread = Executors.newSingleThreadExecutor();
            try {
                Marks marks = new Marks(other);
                Future<Long> answered = thread.submit(marks::untilAnsweredAgain);
                TimeUnit.MILLISECONDS.sleep(BEFORE_KILL_MS);
                long killedAtNs = System.nanoTime();
                dying.kill();
                marks.isOwnerDead = true;
                double told = isTold ? tell(fleet.node(asker), dying, killedAtNs) : 0;
                outage = new Outage((answered.get() - killedAtNs) / 1e9, told);
            } finally {
                thread.shutdownNow();
            }
            other.remove();
        }
        fleet.awaitMembers(NODES - 1);
        boots++;
        dying.setBootId("bench-boot-" + boots + "-of-" + victim);
        dying.start();
        dying.awaitReady();
        fleet.awaitMembers(NODES);
        return outage;
    }

    private static int oldest(Fleet fleet) {
        String address = fleet.node(1).json("/cluster/members").path("oldest").asText();
        return IntStream.rangeClosed(1, NODES)
                .filter(i -> address.contains(fleet.node(i).name().substring("node-".length()) + ":"))
                .findFirst().orElseThrow(() ->
                        new IllegalStateException("the oldest member, " + address + ", is none of the nodes"));
    }

    /** Declares it dead as soon as that is permitted. Returns when it was, in seconds since the kill. */
    private static double tell(FleetNode asker, FleetNode dead, long killedAtNs) throws InterruptedException {
        String body = "{\"bootIds\": [\"" + dead.bootId() + "\"], \"powerIsOff\": true}";
        while (System.nanoTime() - killedAtNs < GIVE_UP_NS) {
            long told = System.nanoTime();
            if (asker.post("/mirrorlog/deaths", body) == 200) {
                return (told - killedAtNs) / 1e9;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
        }
        throw new IllegalStateException(dead.name() + " could not be declared dead: " + asker.json("/cluster/members"));
    }

    private RawLog table(FleetNode node, String uuid) throws IOException {
        return new RawLog(node.socket(), seqs, tables++, uuid,
                (long) REGIONS * REGION_SECTORS + " clustered-core " + REGION_SECTORS + " nosync");
    }

    /** Marks one region after the other. */
    private static final class Marks {
        private final RawLog log;
        private volatile boolean isOwnerDead;

        Marks(RawLog log) {
            this.log = log;
        }

        /** Returns when the first mark was durable that was asked for, or not answered yet, when the owner died. */
        long untilAnsweredAgain() throws IOException, InterruptedException {
            for (int region = 0; region < REGIONS; region++) {
                boolean isAskedLate = isOwnerDead;
                long askedNs = System.nanoTime();
                log.ask(RequestType.MARK_REGION, region);
                log.ask(RequestType.FLUSH);
                long now = System.nanoTime();
                if (isAskedLate || now - askedNs > LOST_NS) {
                    return now;
                }
                TimeUnit.MILLISECONDS.sleep(PACE_MS);
            }
            throw new IOException("no region is left");
        }
    }
}
