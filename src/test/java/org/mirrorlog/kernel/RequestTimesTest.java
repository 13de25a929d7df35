package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.RequestType;

/** How long requests took, by powers of two. */
class RequestTimesTest {
    private final RequestTimes times = new RequestTimes();

    @Test
    void shouldCountEachTypeByPowersOfTwo() {
        int flush = RequestType.FLUSH.code();
        times.took(flush, 0);
        times.took(flush, 1);
        times.took(flush, 1_023);
        times.took(flush, 1_024);
        times.took(flush | 0x100, 1_025);
        times.took(RequestType.CTR.code(), Long.MAX_VALUE);

        Map<String, RequestTimes.Times> read = times.read();

        assertEquals(RequestType.values().length, read.size());
        long[] ofFlush = read.get("FLUSH").byPower();
        assertEquals(1, ofFlush[0]);
        assertEquals(1, ofFlush[1]);
        assertEquals(1, ofFlush[10]);
        assertEquals(2, ofFlush[11]);
        assertEquals(5, Arrays.stream(ofFlush).sum());
        assertEquals(3_073, read.get("FLUSH").sumNs());
        assertEquals(1, read.get("CTR").byPower()[63]);
        assertEquals(0, Arrays.stream(read.get("RESUME").byPower()).sum());
    }

    @Test
    void shouldNotCountWhatNoKernelAsks() {
        times.took(0, 5);
        times.took(18, 5);
        times.took(255, 5);

        assertEquals(0, times.read().values().stream().mapToLong(RequestTimes.Times::sumNs).sum());
    }
}
