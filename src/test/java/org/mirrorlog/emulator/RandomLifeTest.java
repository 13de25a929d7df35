package org.mirrorlog.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * Random work, random order of leg I/O and answers, lost and repeated answers: legs stay equal wherever the log says
 * so.
 */
class RandomLifeTest {
    private static final int REGIONS = 16;

    private final long firstSeed = Long.getLong("seed", 1);

    @Test
    void shouldKeepLegsEqualWhereInSync() {
        for (long seed = firstSeed; seed < firstSeed + 40; seed++) {
            AuditReport report = live(seed, false);

            assertTrue(report.isClean(), "seed " + seed + ": " + report);
            assertEquals(REGIONS, report.comparedRegions(), "seed " + seed + ": " + report);
        }
    }

    @Test
    void shouldSeeADaemonThatCallsEverythingInSync() {
        int seen = 0;
        for (long seed = firstSeed; seed < firstSeed + 10; seed++) {
            seen += live(seed, true).isClean() ? 0 : 1;
        }

        assertFalse(seen == 0, "the comparison cannot fail");
    }

    /** A day in the life of a mirror; a careless daemon calls everything in sync from the start. */
    private static AuditReport live(long seed, boolean isCareless) {
        Random random = new Random(seed);
        Rig rig = new Rig(REGIONS);
        rig.legs.scramble(random);
        MirrorTable table = rig.core().withHandleErrors();
        if (random.nextBoolean()) {
            table = table.withIntegratedFlush();
        }
        if (isCareless) {
            table = table.withOption("nosync");
        }
        rig.create(table);
        List<UlogRequest> open = new ArrayList<>();
        Set<Long> busy = new HashSet<>();
        for (int step = 0; step < (isCareless ? 60 : 3_000); step++) {
            act(rig, random, busy);
            rig.machine.nextRequest().ifPresent(open::add);
            if (!open.isEmpty() && random.nextInt(3) > 0) {
                answerOne(rig, random, open);
            }
            if (random.nextInt(20) == 0) {
                rig.machine.advanceTo(rig.machine.nowMs() + random.nextInt(300));
            }
            if (random.nextInt(500) == 0) {
                rig.machine.advanceTo(rig.machine.nowMs() + 15_000);
            }
        }
        for (UlogRequest request : open) {
            rig.machine.answer(Rig.answer(request, rig.daemon.handle(request)));
        }
        settle(rig);
        assertEquals(List.of(), rig.machine.complaints().first(), "seed " + seed);
        assertEquals(Set.of(), busy, "seed " + seed + ": writes that never ended; worker waits for "
                + rig.device.active().orElseThrow().workerWaitsFor());
        return Auditor.compare(rig.legs, rig.legs.sizeBytes() / 512, 2, region -> inSync(rig, region),
                region -> Auditor.isBusy(List.of(rig.machine), "uuid", region));
    }

    private static void act(Rig rig, Random random, Set<Long> busy) {
        if (random.nextInt(4) == 0) {
            long offset = random.nextInt(REGIONS * 2) * 512L;
            byte[] data = new byte[512];
            random.nextBytes(data);
            if (busy.add(offset)) {
                rig.device.write(offset, data, bio -> busy.remove(offset));
            }
        }
        List<LegIo> pending = new ArrayList<>(rig.machine.legIo());
        if (!pending.isEmpty() && random.nextBoolean()) {
            rig.machine.perform(pending.get(random.nextInt(pending.size())));
        }
        if (!rig.device.isBusy() && random.nextInt(200) == 0) {
            if (rig.device.isSuspended()) {
                rig.device.resume();
            } else {
                rig.device.suspend();
            }
        }
    }

    /** Answers one of the open requests, or loses it, or answers it twice. */
    private static void answerOne(Rig rig, Random random, List<UlogRequest> open) {
        UlogRequest request = open.remove(random.nextInt(open.size()));
        UlogAnswer answer = Rig.answer(request, rig.daemon.handle(request));
        if (random.nextInt(100) == 0) {
            return;
        }
        rig.machine.answer(answer);
        if (random.nextInt(50) == 0) {
            rig.machine.answer(answer);
        }
    }

    private static void settle(Rig rig) {
        rig.run();
        rig.runFor(40_000);
        if (rig.device.isSuspended()) {
            rig.device.resume();
        }
        rig.runFor(40_000);
    }

    private static boolean inSync(Rig rig, long region) {
        boolean[] result = {false};
        rig.asked();
        rig.instead = request -> {
            if (Rig.is(request, RequestType.IN_SYNC)) {
                UlogAnswer answer = Rig.answer(request, rig.daemon.handle(request));
                result[0] = java.util.Arrays.equals(answer.payload(), Reply.flag(true).payload());
                return Optional.of(answer);
            }
            return null;
        };
        rig.read((int) region);
        rig.run();
        return result[0];
    }
}
