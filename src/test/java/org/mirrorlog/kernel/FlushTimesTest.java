package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.RequestType;

/** How long FLUSHes of a log took. */
class FlushTimesTest {
    private long nowNs;
    private final FlushTimes times = new FlushTimes(() -> nowNs);

    private void took(int count, long us) {
        for (int i = 0; i < count; i++) {
            times.took("a", us * 1_000);
        }
    }

    private FlushTimes.Look look() {
        return times.of("a").orElseThrow();
    }

    private static void assertAbout(double seconds, Optional<Double> found) {
        assertTrue(found.orElseThrow() >= seconds && found.get() <= seconds * 1.25, found + ", not " + seconds);
    }

    @Test
    void shouldSayHowLongHalfAndNearlyAllTook() {
        assertTrue(times.of("a").isEmpty());
        took(98, 100);
        took(2, 5_000);

        assertEquals(100, look().count());
        assertAbout(100e-6, look().p50Seconds());
        assertAbout(5e-3, look().p99Seconds());
        for (long us : new long[] {17, 31, 32, 33, 1_000, 1_048, 16_000_000}) {
            times.took("log " + us, us * 1_000);
            assertAbout(us * 1e-6, times.of("log " + us).orElseThrow().p50Seconds());
        }
        times.took("b", 0);
        times.took("c", Long.MAX_VALUE);
        assertTrue(times.of("b").orElseThrow().p50Seconds().orElseThrow() < 21e-6);
        assertTrue(times.of("c").orElseThrow().p50Seconds().orElseThrow() > 34);
    }

    @Test
    void shouldForgetWhatIsOldAndNotHowManyThereWere() {
        took(10, 1_000_000);
        nowNs += TimeUnit.SECONDS.toNanos(61);
        took(10, 100);
        assertAbout(1, look().p99Seconds());
        nowNs += TimeUnit.SECONDS.toNanos(61);
        assertAbout(100e-6, look().p99Seconds());
        nowNs += TimeUnit.SECONDS.toNanos(61);
        assertEquals(new FlushTimes.Look(20, Optional.empty(), Optional.empty()), look());
        took(1, 200);
        assertAbout(200e-6, look().p99Seconds());
    }

    @Test
    void shouldKeepNoMoreThanThereIsAndNotEveryNameThatIsMadeUp() {
        for (int i = 0; i <= FlushTimes.MOST_LOGS; i++) {
            times.took("log " + i, 1);
        }
        assertTrue(times.of("log " + FlushTimes.MOST_LOGS).isEmpty());
        times.keep(Set.of("log 1"));
        assertTrue(times.of("log 0").isEmpty() && times.of("log 1").isPresent());
        took(1, 1);
        assertEquals(1, look().count());
    }

    @Test
    void shouldCountFlushesOfRequestsOnly() {
        RequestTimes requests = new RequestTimes();
        requests.took("a", RequestType.FLUSH.code(), 5);
        requests.took("a", RequestType.MARK_REGION.code(), 5);
        requests.took("b", RequestType.CTR.code(), 5);

        assertEquals(1, requests.flushes().of("a").orElseThrow().count());
        assertTrue(requests.flushes().of("b").isEmpty());
        assertEquals(5, requests.read().get("MARK_REGION").sumNs());
    }
}
