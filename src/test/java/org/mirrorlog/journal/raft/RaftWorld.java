package org.mirrorlog.journal.raft;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A group of members as they ship, with the real engine, in one thread: time, chance, network and disks are simulated,
 * and the seed decides what fails. Faults last for a while, then everything is mended and has to go on.
 */
final class RaftWorld {

    private static final long SECOND_US = 1_000_000;
    private static final long FAULTS_END_US = 90 * SECOND_US;
    private static final long WORK_ENDS_US = FAULTS_END_US + 40 * SECOND_US;
    private static final long END_US = WORK_ENDS_US + 30 * SECOND_US;

    private final long seed;
    private final Hole hole;
    private final boolean losesDisks;
    private final Random random;
    private final SimulatedTime queue = new SimulatedTime();
    private final Histories histories = new Histories();
    private final List<SimulatedMember> members = new ArrayList<>();
    private final SimulatedNetwork network;
    private final boolean hasDisturbedElections;
    private final List<String> founders;
    private final Replacements replacements;
    private final List<String> logs = List.of("a", "b", "c");
    private long names;
    private int unknown;
    private int notNow;
    private int refused;
    private int installed;
    private int faults;

    /** @param losesDisks whether disks are lost for good, one at a time, and replaced */
    RaftWorld(long seed, Hole hole, boolean losesDisks) {
        this.seed = seed;
        this.hole = hole;
        this.losesDisks = losesDisks;
        this.random = new Random(seed);
        this.network = new SimulatedNetwork(this, random.nextLong());
        this.hasDisturbedElections = random.nextInt(4) == 0;
        List<String> all = List.of("m1", "m2", "m3", "m4", "m5");
        this.founders = all.subList(0, hasDisturbedElections ? 5 : 3);
        for (String name : founders) {
            members.add(new SimulatedMember(name, this, random.nextLong()));
        }
        this.replacements = new Replacements(this, new Random(seed ^ 0x5eed));
    }

    Hole hole() {
        return hole;
    }

    SimulatedTime queue() {
        return queue;
    }

    /** Those take five members: a voter, beside two candidates, while the old leader is away. */
    boolean hasDisturbedElections() {
        return hasDisturbedElections;
    }

    Histories histories() {
        return histories;
    }

    SimulatedNetwork network() {
        return network;
    }

    List<String> logs() {
        return logs;
    }

    List<String> founders() {
        return founders;
    }

    /** Also one whose disk is lost; empty if there never was one. */
    Optional<SimulatedMember> member(String name) {
        return Stream.concat(members.stream(), replacements.lost().stream())
                .filter(member -> member.name.equals(name)).findFirst();
    }

    boolean hasFaults() {
        return queue.nowUs() < FAULTS_END_US;
    }

    /** A text that nobody has had yet. */
    String name(String from) {
        return from + "/" + ++names;
    }

    /** Under which name a ledger has a log, with {@link Hole#HEAD_DELETED}. */
    String nameIn(Ledger ledger, String log) {
        String name = log;
        while (hole == Hole.HEAD_DELETED && ledger.head(name) > 0 && ledger.deletedTo(name) == ledger.head(name)) {
            name += "+";
        }
        return name;
    }

    boolean isBusy() {
        return queue.nowUs() < WORK_ENDS_US;
    }

    void installed() {
        installed++;
    }

    void count(Answer answer) {
        if (answer instanceof Answer.Unknown) {
            unknown++;
        } else if (answer instanceof Answer.NotNow) {
            notNow++;
        } else {
            refused++;
        }
    }

    Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(1_000_000 + queue.nowUs() / 1000);
            }
        };
    }

    /** Runs to the end; throws at the first violation. */
    RaftWorld run() {
        members.forEach(SimulatedMember::start);
        new RaftFaults(this, new Random(random.nextLong())).plan(FAULTS_END_US);
        if (losesDisks) {
            replacements.plan();
        }
        clash();
        queue.at(FAULTS_END_US, this::mend);
        long[] acknowledged = new long[1];
        queue.at(FAULTS_END_US + SECOND_US, () -> acknowledged[0] = histories.acknowledgements());
        while (queue.step(END_US)) {
            histories.check();
        }
        if (histories.acknowledgements() <= acknowledged[0] + 20) {
            throw histories.violation("no progress after the faults: " + this);
        }
        if (replacements.isUnderWay()) {
            throw histories.violation("a lost member is not replaced: " + this);
        }
        for (SimulatedMember member : members) {
            histories.complete(member.name, member.member().ledger());
        }
        byte[] first = members.get(0).member().ledger().encode();
        if (!members.stream().allMatch(member -> Arrays.equals(first, member.member().ledger().encode()))) {
            throw histories.violation("members differ at the end: " + this);
        }
        return this;
    }

    private void mend() {
        network.heal();
        for (SimulatedMember lost : replacements.lost()) {
            lost.setLost(true);
            if (lost.isUp()) {
                lost.end();
            }
        }
        for (SimulatedMember member : members) {
            member.disk.setFailureRates(0, 0, 0);
            member.disk.setOperationsUntilPowerFailure(Long.MAX_VALUE);
            member.disk.setCapacityBytes(Long.MAX_VALUE);
            member.start();
        }
    }

    /** Two owners of one log append the same number at one moment. */
    private void clash() {
        int log = random.nextInt(logs.size());
        members.stream().filter(SimulatedMember::isUp).forEach(member -> member.owner(log).append());
        queue.after(100_000 + random.nextInt(3_000_000), () -> {
            if (isBusy()) {
                clash();
            }
        });
    }

    List<SimulatedMember> members() {
        return members;
    }

    void fault() {
        faults++;
    }

    void kill(SimulatedMember member) {
        if (member.isUp()) {
            member.end();
            startLater(member);
        }
    }

    /** Back at once. */
    void restart(SimulatedMember member) {
        if (member.isUp() && queue.nowUs() < FAULTS_END_US) {
            member.end();
            queue.after(20_000 + random.nextInt(200_000), member::start);
        }
    }

    void powerFails(SimulatedMember member) {
        member.end();
        member.disk.failPower();
        startLater(member);
    }

    void startLater(SimulatedMember member) {
        queue.after(50_000 + random.nextInt(random.nextInt(4) == 0 ? 20_000_000 : 3_000_000), member::start);
    }

    Optional<SimulatedMember> leader() {
        return members.stream().filter(member -> member.isUp()
                && member.member().leader().filter(member.name::equals).isPresent()).findFirst();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("seed " + seed + ": " + histories.acknowledgements() + " acknowledged, "
                + refused + " refused, " + unknown + " unknown, " + notNow + " not taken, " + installed
                + " checkpoints installed, " + faults + " faults, " + replacements.ended() + " replaced");
        for (SimulatedMember member : members) {
            text.append(", ").append(member.name).append(member.isUp() ? " up at " : " down at ");
            text.append(member.member() == null ? 0 : member.member().ledger().appliedIndex());
            text.append(", led by ").append(member.member() == null ? "?" : member.member().leader().orElse("nobody"));
            text.append(", fail-stops ").append(member.failStops);
        }
        return text.toString();
    }
}
