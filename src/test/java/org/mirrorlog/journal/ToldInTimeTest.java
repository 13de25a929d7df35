package org.mirrorlog.journal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From the moment on in which a journal takes no commit, readiness, which asks {@link CommitHealth#problem()}, and a
 * line say so within 3 s, however the storage or the server refuses and whenever somebody looks; with the settings that
 * ship, by a clock of the test's own.
 */
class ToldInTimeTest {
    private static final long STEP_MS = 20;
    private static final long BOUND_MS = 3_000;
    private static final long NS_PER_MS = 1_000_000;

    private final AtomicLong nowNs = new AtomicLong();

    /** How a journal that fails goes on. */
    private final class Failing {
        private final CoreFixture.Lines lines = new CoreFixture.Lines();
        private final CommitHealth health;
        private final long hangsMs;
        private long nextMs;
        private boolean isUnderWay;

        /**
         * Of one kind.
         *
         * @param firstMs when its first commit begins
         * @param hangsMs how long each takes to fail
         */
        Failing(CommitHealth.Bounds bounds, long firstMs, long hangsMs) {
            this.health = new CommitHealth(new CommitHealth.Names("journal", "waits"), bounds, lines, nowNs::get);
            this.nextMs = firstMs;
            this.hangsMs = hangsMs;
        }

        void at(long ms) {
            nowNs.set(ms * NS_PER_MS);
            while (ms >= nextMs) {
                if (isUnderWay) {
                    health.failed("refused");
                    health.ended();
                    nextMs += Math.max(STEP_MS, health.takeDelayNs() / NS_PER_MS);
                } else {
                    health.began();
                    nextMs += hangsMs;
                }
                isUnderWay = !isUnderWay;
            }
        }
    }

    private static Duration shipped(String path) {
        return ConfigFactory.parseResources("application.conf").resolve().getDuration(path);
    }

    private void mustBeToldInTime(CommitHealth.Bounds bounds, long firstMs, long hangsMs, long lookAtMs) {
        Failing journal = new Failing(bounds, firstMs, hangsMs);
        long problemMs = -1;
        long lineMs = -1;
        for (long ms = 0; ms <= BOUND_MS; ms += STEP_MS) {
            journal.at(ms);
            if (ms % CommitHealth.LOOK_EACH.toMillis() == lookAtMs) {
                journal.health.look();
            }
            problemMs = problemMs < 0 && journal.health.problem().isPresent() ? ms : problemMs;
            lineMs = lineMs < 0 && journal.lines.count("no log can commit") > 0 ? ms : lineMs;
        }
        String when = "first commit after " + firstMs + " ms, each fails after " + hangsMs + " ms, looked at "
                + lookAtMs + " ms: told at " + problemMs + ", line at " + lineMs;
        assertTrue(problemMs >= 0 && lineMs >= 0, when);
        assertTrue(journal.health.problem().isPresent(), "and goes on being told: " + when);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 20, 500, 1_000, 1_400, 1_500, 1_900, 2_000, 2_500, 5_000, 20_000})
    void shouldSayWithinThreeSecondsThatNoLogCanCommit(int hangsMs) {
        Duration idle = CommitHealth.IDLE_LOOK_EACH;
        Duration postgres = shipped("mirrorlog.postgres.stalled-after");
        for (long lookAtMs = 0; lookAtMs < CommitHealth.LOOK_EACH.toMillis(); lookAtMs += STEP_MS) {
            for (long firstMs = 0; firstMs <= idle.toMillis(); firstMs += 5 * STEP_MS) {
                mustBeToldInTime(new CommitHealth.Bounds(postgres, postgres, Duration.ofSeconds(2)), firstMs, hangsMs,
                        lookAtMs);
            }
            // Nobody looks at an idle disk: its time counts from the first commit.
            mustBeToldInTime(new CommitHealth.Bounds(shipped("mirrorlog.journal.stalled-after"), Duration.ZERO,
                    Duration.ofSeconds(2)), 0, hangsMs, lookAtMs);
        }
    }
}
