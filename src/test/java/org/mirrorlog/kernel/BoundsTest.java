package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Retries and requests to resend have bounds. */
class BoundsTest {
    private static final int EAGAIN = 11;
    private static final int EPIPE = 32;

    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 5);
    private final ConnectorMeter meter = new ConnectorMeter();

    @ParameterizedTest
    @ValueSource(ints = {4, 11, 12, 105})
    void shouldTryAgainAfterARefusalThatPasses(int errno) throws Exception {
        Deque<Integer> answers = new ArrayDeque<>(List.of(errno, errno, 0));

        assertEquals(0, send(answers));

        assertEquals(1, meter.snapshot().sent());
        assertEquals(2, meter.snapshot().sendRetries());
    }

    @Test
    void shouldNotTryAgainAfterAnotherRefusal() throws Exception {
        assertEquals(EPIPE, send(new ArrayDeque<>(List.of(EPIPE, 0))));

        assertEquals(0, meter.snapshot().sent() + meter.snapshot().sendRetries());
    }

    @Test
    void shouldGiveUpAfterABoundedNumberOfAttempts() throws Exception {
        Deque<Integer> answers = new ArrayDeque<>();
        for (int i = 0; i < 100; i++) {
            answers.add(EAGAIN);
        }

        assertEquals(EAGAIN, send(answers));

        assertEquals(100 - RetryingSender.MAX_ATTEMPTS, answers.size());
        assertEquals(RetryingSender.MAX_ATTEMPTS - 1, meter.snapshot().sendRetries());
    }

    private int send(Deque<Integer> answers) throws Exception {
        return new RetryingSender(meter)
                .send((datagram, to) -> answers.remove(), ByteBuffer.allocate(0), new NetlinkPeer(0),
                RetryingSender.MAX_ATTEMPTS);
    }

    @Test
    void shouldLimitRequestsToResendPerSecond() {
        NackBudget budget = new NackBudget(nowNs::get);
        for (int i = 0; i < NackBudget.PER_SECOND; i++) {
            assertTrue(budget.take());
        }
        assertFalse(budget.take());
        nowNs.addAndGet(999_999_999);
        assertFalse(budget.take());

        nowNs.addAndGet(1);

        assertTrue(budget.take(), "also across the clock's overflow");
    }
}
