package org.mirrorlog.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mirrorlog.kernel.OpenRequests.Lost;

/** What a daemon that is started anew has to ask for again. */
class OpenRequestsTest {
    private static final String BOOT = "boot-1";
    private static final String KERNEL = "kernel";

    private final ByteBuffer memory = ByteBuffer.allocate(OpenRequests.BYTES);
    private final OpenRequests before = OpenRequests.over(memory, BOOT);

    private List<Integer> seqs(boolean isQueueKept) {
        return OpenRequests.over(memory, BOOT).lost(isQueueKept).stream().map(Lost::seq).toList();
    }

    @Test
    void shouldKnowNothingAtFirst() {
        assertEquals(List.of(), before.lost(false));
        assertEquals(List.of(), before.lost(true));
    }

    @Test
    void shouldNameWhatWasReadAndNotRepliedTo() {
        IntStream.range(10, 20).forEach(seq -> before.read(seq, KERNEL));
        IntStream.of(10, 11, 13, 19).forEach(before::replied);

        assertEquals(List.of(12, 14, 15, 16, 17, 18), seqs(true));
    }

    /** Where the queue is gone with the process, so is what was sent since. */
    @Test
    void shouldNameTheNextNumbersToo() {
        before.read(7, KERNEL);
        before.replied(7);

        List<Integer> lost = seqs(false);

        assertEquals(IntStream.rangeClosed(8, 7 + OpenRequests.UNREAD).boxed().toList(), lost);
        assertEquals(List.of(), seqs(true));
    }

    @Test
    void shouldCountOnWhereNumbersWrap() {
        IntStream.rangeClosed(-2, 2).forEach(seq -> before.read(seq, KERNEL));
        before.read(Integer.MAX_VALUE - 500, "another");
        before.read(Integer.MAX_VALUE - 499, "another");

        List<Lost> lost = OpenRequests.over(memory, BOOT).lost(true);

        assertEquals(List.of(new Lost(KERNEL, -2), new Lost(KERNEL, -1), new Lost(KERNEL, 0), new Lost(KERNEL, 1),
                new Lost(KERNEL, 2), new Lost("another", Integer.MAX_VALUE - 500),
                new Lost("another", Integer.MAX_VALUE - 499)), lost);
    }

    @Test
    void shouldForgetWhatWasAskedForAgain() {
        before.read(1, KERNEL);
        OpenRequests next = OpenRequests.over(memory, BOOT);
        next.forget();

        assertEquals(List.of(), seqs(true));
        assertEquals(2, seqs(false).get(0), "what it has not read is not there yet either");
    }

    @Test
    void shouldBelieveNothingOfAnotherBoot() {
        before.read(1, KERNEL);

        assertEquals(List.of(), OpenRequests.over(memory, "boot-2").lost(false));
        assertEquals(List.of(), seqs(false), "nor afterwards");
    }

    @Test
    void shouldBelieveNothingElse() {
        new Random(1).nextBytes(memory.array());

        assertEquals(List.of(), seqs(false));
    }

    @Test
    void shouldServeMoreKernelsThanItHasRoomFor() {
        for (int i = 0; i < 2 * OpenRequests.MOST_PEERS; i++) {
            before.read(i * 3, "kernel " + i);
        }
        before.read(1, "k".repeat(200));
        before.read(1, "");

        List<Lost> lost = OpenRequests.over(memory, BOOT).lost(true);

        assertEquals(IntStream.range(0, OpenRequests.MOST_PEERS).mapToObj(i -> new Lost("kernel " + i, i * 3))
                .toList(), lost);
    }

    /** Against a plain set: of the newest numbers nothing is missed, and nothing that was replied to is named. */
    @Test
    void shouldAgreeWithASet() {
        Random random = new Random(2);
        TreeSet<Integer> open = new TreeSet<>();
        int last = 0;
        for (int seq = 1; seq < 5_000; seq++) {
            before.read(seq, KERNEL);
            open.add(seq);
            last = seq;
            for (int replies = random.nextInt(3); replies > 0 && !open.isEmpty(); replies--) {
                int seen = new ArrayList<>(open).get(random.nextInt(open.size()));
                before.replied(seen);
                open.remove(seen);
            }
            if (seq % 500 == 0) {
                int oldest = last - OpenRequests.SLOTS;
                assertEquals(open.stream().filter(each -> each > oldest).collect(Collectors.toList()), seqs(true));
            }
        }
        assertTrue(last > 4 * OpenRequests.SLOTS, "the slots were used again");
    }
}
