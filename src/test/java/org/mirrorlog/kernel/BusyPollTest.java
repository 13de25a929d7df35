package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BusyPollTest {
    private static final int NOTHING = -1;
    private static final int FOR_EVER = -1;

    private final ByteBuffer into = ByteBuffer.allocateDirect(8);
    private final List<Integer> timeouts = new ArrayList<>();

    @Test
    void shouldSleepAtOnceWithoutALookout() throws IOException {
        BusyPoll busyPoll = new BusyPoll(this::always, Duration.ZERO);

        busyPoll.receive(into);
        busyPoll.receive(into);

        assertEquals(List.of(FOR_EVER, FOR_EVER), timeouts);
    }

    @Test
    void shouldLookBeforeItSleepsOnceRequestsFollowEachOther() throws IOException {
        BusyPoll busyPoll = new BusyPoll(this::always, Duration.ofMinutes(1));

        busyPoll.receive(into);
        busyPoll.receive(into);

        assertEquals(List.of(FOR_EVER, 0), timeouts, "the first was slept for, the second looked for");
    }

    @Test
    void shouldSleepWhenItHasLookedInVain() throws IOException {
        BusyPoll busyPoll = new BusyPoll(this::onlyToSleepers, Duration.ofNanos(500_000));
        busyPoll.receive(into);

        busyPoll.receive(into);

        assertEquals(0, timeouts.get(1), "it looked");
        assertEquals(FOR_EVER, timeouts.get(timeouts.size() - 1), "and slept in the end");
    }

    private int always(ByteBuffer buffer, int timeoutMs) {
        timeouts.add(timeoutMs);
        return 1;
    }

    private int onlyToSleepers(ByteBuffer buffer, int timeoutMs) {
        timeouts.add(timeoutMs);
        return timeoutMs == 0 ? NOTHING : 1;
    }
}
