package org.mirrorlog.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.LogSpec;

/** A round carries clears; its own question is decided on what the log is after them. */
class ClearsOfRoundTest {
    private static final InstanceId ME = new InstanceId("boot1", 1);
    private static final Geometry GEOMETRY = new Geometry(LogSpec.LogType.CORE, 20, 2);

    /** S1, S2: the region is handed on as cleared while the kernel marks it again, and both travel in one round. */
    @Test
    void shouldMarkWhatTheSameRoundClears() {
        RegionSet region = RegionSet.of(3);
        LogState state = LogState.unborn()
                .after(new Commit(List.of(new LogEvent.EpochBegan(GEOMETRY, RegionSet.empty()),
                        new LogEvent.Joined(ME, "node", 1), new LogEvent.Marked(ME, region))));
        Round round = new Round("uuid", ME, "node", 1, 1, 5, 1, 0, region, new Ask.Mark(region));

        Decision decision = Decider.decide(state.opened(), new ResyncRequests(), new Rules(true, false), round,
                Optional.empty()).orElseThrow();
        LogState after = state.after(new Commit(decision.events()));

        assertEquals(region, after.members().get(ME).marks());
        assertEquals(region, after.dirty());
    }
}
