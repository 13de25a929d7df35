package org.mirrorlog.fleet;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.mirrorlog.emulator.AuditReport;
import org.mirrorlog.emulator.Auditor;
import org.mirrorlog.emulator.EmulatedMachine;

/** What must hold after whatever happened, once all nodes are back. Fails with everything that does not. */
final class Audit {
    /** A log fails over, or a daemon starts, in 8 s; a request that was lost meanwhile is sent again after 15. */
    private static final Duration OLDEST_REQUEST = Duration.ofSeconds(8 + 15);
    /**
     * On a busy machine this may happen to any node at any time: it is removed, which it may read in the journal before
     * the others tell it, or a disk or a peer takes seconds to answer. It comes back, and all the rest must hold as
     * well.
     */
    private static final List<String> BUSY = List.of("the cluster has removed this node", "goes on, without this node",
            "has not answered a commit since", "Overdue of probing-failure-timeout",
            "unable to get an initial state within 'waiting-for-state-timeout'");
    private static final long REGION_BYTES = Fleet.REGION_SECTORS * 512L;

    private final Fleet fleet;
    private final Map<FleetNode, Integer> linesSeen = new HashMap<>();

    Audit(Fleet fleet) {
        this.fleet = fleet;
    }

    /** @param away how long what befell the fleet kept requests waiting in any case */
    void run(String scenario, Duration away, List<String> explained) {
        List<String> wrong = new ArrayList<>();
        long slowestMs = fleet.kernels().call(fleet.writing()::takeSlowestMs);
        fleet.stopWriting();
        slowestMs = Math.max(slowestMs, fleet.kernels().call(fleet.writing()::takeSlowestMs));
        long oldestMs = fleet.kernels().call(() -> fleet.kernels().machines().stream()
                .mapToLong(EmulatedMachine::takeLongestRequestMs).max().orElseThrow());
        fleet.nodes().forEach(FleetNode::awaitReady);
        fleet.awaitMembers(fleet.count());
        int owner = fleet.owner();
        long bound = OLDEST_REQUEST.plus(away).toMillis();
        if (oldestMs > bound) {
            wrong.add("a request waited for " + oldestMs + " ms, allowed are " + bound);
        }
        AuditReport report = compare(wrong);
        complaints(wrong);
        errors(explained, wrong);
        System.out.printf("%s: owner %s, %s, slowest write %d ms, oldest request %d ms, exits %s%n", scenario,
                fleet.node(owner).name(), report, slowestMs, oldestMs,
                fleet.nodes().stream().map(FleetNode::exits).toList());
        if (!wrong.isEmpty()) {
            throw new AssertionError("after " + scenario + ":\n" + String.join("\n", wrong) + "\n" + fleet.state());
        }
    }

    /** Legs are equal wherever any machine hears "in sync", and hold what was acknowledged. */
    private AuditReport compare(List<String> wrong) {
        BitSet inSync = new BitSet();
        for (int i = 1; i <= fleet.count(); i++) {
            if (fleet.machine(i).hasTable()) {
                inSync.or(fleet.machine(i).inSync());
            }
        }
        AuditReport report = fleet.kernels()
                .call(() -> Auditor.compare(fleet.legs(), Fleet.LENGTH_SECTORS, Fleet.REGION_SECTORS,
                region -> inSync.get((int) region),
                region -> Auditor.isBusy(fleet.kernels().machines(), Fleet.UUID, region)));
        if (!report.isClean() || report.comparedRegions() == 0) {
            wrong.add("legs: " + report);
        }
        fleet.kernels().call(fleet.writing()::acknowledged).forEach((block, number) -> {
            long offset = block * Writing.BLOCK_BYTES;
            if (inSync.get((int) (offset / REGION_BYTES))) {
                long found = ByteBuffer.wrap(fleet.kernels()
                        .call(() -> fleet.legs().read(0, offset, Long.BYTES).orElseThrow()))
                        .getLong();
                if (found != number) {
                    wrong.add("block " + block + " holds write " + found + ", acknowledged was " + number);
                }
            }
        });
        return report;
    }

    private void complaints(List<String> wrong) {
        for (int i = 1; i <= fleet.count(); i++) {
            FleetMachine machine = fleet.machine(i);
            fleet.kernels().call(() -> machine.machine().complaints().first())
                    .forEach(complaint -> wrong.add("answer that breaks a rule: " + complaint));
        }
        long failed = fleet.kernels().call(fleet.writing()::failed);
        if (failed > 0) {
            wrong.add(failed + " writes failed");
        }
    }

    private void errors(List<String> explained, List<String> wrong) {
        for (FleetNode node : fleet.nodes()) {
            for (String line : node.errors(linesSeen.getOrDefault(node, 0))) {
                if (BUSY.stream().noneMatch(line::contains) && explained.stream()
                        .noneMatch(regex -> Pattern.compile(regex).matcher(line).find())) {
                    wrong.add("not explained: " + line);
                }
            }
            linesSeen.put(node, node.lines().size());
        }
    }
}
