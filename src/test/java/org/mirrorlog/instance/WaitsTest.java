package org.mirrorlog.instance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mirrorlog.protocol.RequestType;

/** Which requests wait, and since when. */
class WaitsTest {
    private static final InstanceKey KEY = new InstanceKey("LVM-a", 7);

    private final Waits waits = new Waits();

    @Test
    void shouldWaitFromTheFirstCopyToTheReply() {
        waits.came(KEY, RequestType.FLUSH, 100);
        waits.came(KEY, RequestType.RESUME, 3_000);
        waits.came(KEY, RequestType.FLUSH, 15_100);

        assertEquals(List.of(new Waits.One(RequestType.FLUSH, 16_900), new Waits.One(RequestType.RESUME, 14_000)),
                waits.of(KEY, 17_000));

        assertEquals(0, waits.of(KEY, 90).get(0).forMs(), "asked with the time of a moment ago");
        waits.answered(KEY, RequestType.FLUSH, true);
        assertEquals(List.of(new Waits.One(RequestType.RESUME, 14_000)), waits.of(KEY, 17_000));
        waits.answered(KEY, RequestType.FLUSH, true);
        waits.answered(KEY, RequestType.RESUME, true);
        assertEquals(List.of(), waits.of(KEY, 17_000));
    }

    @Test
    void shouldNotWaitForWhatTheKernelGaveUp() {
        waits.came(KEY, RequestType.STATUS_INFO, 100);
        assertEquals(1, waits.of(KEY, 100 + Waits.GIVEN_UP_MS - 1).size());
        assertEquals(List.of(), waits.of(KEY, 100 + Waits.GIVEN_UP_MS));

        waits.came(KEY, RequestType.STATUS_INFO, 90_000);
        assertEquals(List.of(new Waits.One(RequestType.STATUS_INFO, 1_000)), waits.of(KEY, 91_000), "another one");
    }

    @Test
    void shouldKeepNothingOfTablesThatNobodyKnows() {
        waits.came(KEY, RequestType.FLUSH, 1);
        waits.answered(KEY, RequestType.FLUSH, false);
        assertEquals(0, waits.size());

        waits.came(KEY, RequestType.FLUSH, 1);
        waits.answered(KEY, RequestType.FLUSH, true);
        assertEquals(1, waits.size());
        waits.forget(KEY);
        assertEquals(0, waits.size());

        for (int i = 0; i < Waits.MOST_TABLES + 10; i++) {
            waits.came(new InstanceKey("made up " + i, i), RequestType.FLUSH, 1);
        }
        assertEquals(Waits.MOST_TABLES, waits.size());
    }
}
