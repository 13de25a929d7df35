package org.mirrorlog.journal.raft.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.SimulatedStorage;
import org.mirrorlog.journal.raft.net.Hello;

/** What a directory says of itself and of others, over restarts. */
class MemberFileTest {

    private static final String ID = "00112233445566778899aabbccddeeff";
    private static final String OTHER = "ffeeddccbbaa99887766554433221100";
    private static final String GROUP = "102132435465768798a9bacbdcedfe0f";

    private final SimulatedStorage disk = new SimulatedStorage(new Random(1));

    private MemberFile open(boolean hasJournal) throws IOException {
        return MemberFile.open(disk, hasJournal, () -> ID);
    }

    /** Of the other member, which tells of so many starts as one may. */
    private static Hello hello(long start) {
        return new Hello(GROUP, "b:1", List.of("a:1", "b:1"), OTHER, start,
                LongStream.rangeClosed(Math.max(1, start - Hello.MOST_NONCES + 1), start).map(i -> 1000 + i).boxed()
                        .toList());
    }

    @Test
    void d21ShouldKnowOfAJournalFromThenOnAndOfNoOther() throws IOException {
        open(false).formed(GROUP);

        assertEquals(ID, open(true).id());
        open(true).formed(GROUP);
        JournalException another = assertThrows(JournalException.class, () -> open(true).formed(OTHER));
        assertTrue(another.getMessage().contains("says that it is of " + GROUP), another.getMessage());
        JournalException lost = assertThrows(JournalException.class, () -> open(false));
        assertTrue(lost.getMessage().contains("the segments of journal " + GROUP), lost.getMessage());
    }

    @Test
    void shouldKnowAMemberAgainThatWasStartedVeryOftenMeanwhile() throws IOException {
        MemberFile file = open(false);
        assertEquals(Optional.empty(), file.meet(hello(7), false));
        file.formed(GROUP);

        assertEquals(Optional.empty(), open(true).meet(hello(1_900), true));
        assertEquals(Optional.empty(), open(true).meet(hello(3_800), true));

        String refused = open(true).meet(hello(6_000), true).orElseThrow();
        assertTrue(refused.contains("started more than 2000 times since start 3800"), refused);
        Hello copy = new Hello(GROUP, "b:1", List.of("a:1", "b:1"), OTHER, 3_801, List.of(1L, 2L));
        String setBack = open(true).meet(copy, true).orElseThrow();
        assertTrue(setBack.contains("its directory is set back, or is a copy"), setBack);
    }

    @Test
    void shouldTellOfItsStartsOverRestarts() throws IOException {
        for (long i = 1; i <= 2_100; i++) {
            long drawn = i;
            open(false).announce(() -> drawn);
        }

        MemberFile file = open(false);
        assertEquals(2_100, file.start());
        assertEquals(LongStream.rangeClosed(101, 2_100).boxed().toList(), file.nonces());
    }
}
