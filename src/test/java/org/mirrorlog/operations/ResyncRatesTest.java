package org.mirrorlog.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mirrorlog.management.LogView;

/** How fast a resync is, whoever looks how often. */
class ResyncRatesTest {
    private final ResyncRates rates = new ResyncRates();

    /** Of regions of 1 MiB. */
    private Optional<LogView.Resync> at(long seconds, long inSync) {
        return rates.look(new LogView("a", "clustered-core", 2048, 1000, inSync, 0, null, "n", null, List.of()),
                seconds * 1_000);
    }

    private static Optional<LogView.Resync> is(long mibPerSecond, Long secondsLeft) {
        return Optional.of(new LogView.Resync(mibPerSecond << 20, secondsLeft));
    }

    @Test
    void shouldCompareWithAnEarlierLook() {
        assertEquals(Optional.empty(), at(0, 100));
        assertEquals(is(10, 89L), at(1, 110));
        assertEquals(is(10, 80L), at(10, 200));
        assertEquals(is(10, 60L), at(30, 400), "from here on it counts from the tenth second");
        assertEquals(Optional.empty(), at(40, 350), "regions were lost in between");
        assertEquals(is(10, 64L), at(41, 360));
    }

    @Test
    void shouldBeginAnewWhereRegionsFallOutOfSyncAndEndWhereAllAreIn() {
        at(0, 500);
        assertEquals(is(0, null), at(5, 500));
        assertEquals(Optional.empty(), at(6, 400));
        assertEquals(is(100, 5L), at(7, 500));
        assertEquals(Optional.empty(), at(8, 1000));
        assertEquals(Optional.empty(), at(9, 0));

        rates.keep(Set.of());
        assertEquals(Optional.empty(), at(20, 10));
    }
}
