package org.mirrorlog.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.protocol.LogSpec;

/** What waits together is decided together, up to a number of bytes: no journal takes appends of any size. */
@Timeout(60)
class LargeRoundsTest {
    private static final long REGIONS = 12L << 20;
    private static final LogSpec SPEC = new LogSpec(REGIONS * 1024, LogSpec.LogType.CORE, Optional.empty(), 1024,
            LogSpec.SyncMode.NOSYNC, false);
    private static final InstanceId C = new InstanceId("boot-c", 1);
    private static final int SOME = 1024;

    private static RegionSet noise(long seed) {
        byte[] bits = new byte[(int) (REGIONS / 8)];
        new Random(seed).nextBytes(bits);
        return RegionSet.fromBits(ByteBuffer.wrap(bits), 0, REGIONS);
    }

    @Test
    void d1ShouldPutLargeRoundsThatWaitTogetherIntoCommitsOfTheirOwn() {
        try (OwnerStage stage = new OwnerStage("LVM-large")) {
            List<InstanceId> all = List.of(OwnerStage.A, OwnerStage.B, C);
            long[] sessions = new long[all.size()];
            for (int i = 0; i < sessions.length; i++) {
                stage.send(stage.round(all.get(i), 0, new Ask.Resume(SPEC), 0));
                sessions[i] = assertInstanceOf(Answer.Joined.class, stage.answer().answer()).session();
            }
            int before = stage.commits().size();

            stage.restartBefore(stage.round(all.get(0), sessions[0], new Ask.Mark(noise(0)), 0),
                    stage.round(all.get(1), sessions[1], new Ask.Mark(noise(1)), 0),
                    stage.round(all.get(2), sessions[2], new Ask.Mark(noise(2)), 0));
            for (int i = 0; i < sessions.length; i++) {
                assertEquals(new Answer.Done(), stage.answer().answer());
            }

            List<Commit> commits = stage.commits().subList(before, stage.commits().size());
            assertEquals(2, commits.size(), "two rounds of 1.5 MiB fit one commit, three do not");
            commits.forEach(commit -> assertTrue(LogEventCodec.encode(commit).length < Batch.MOST_BYTES + SOME,
                    "of " + LogEventCodec.encode(commit).length + " bytes"));
            assertEquals(noise(0).with(noise(1)).with(noise(2)).size(), stage.inspect().dirty().size());
        }
    }
}
