package org.mirrorlog.journal.raft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What commands amount to. */
class LedgerTest {
    private final Ledger ledger = new Ledger();
    private long index;

    private Outcome apply(Command command) {
        index++;
        return ledger.apply(index, command).orElseThrow();
    }

    private Outcome append(long first, int count) {
        return apply(new Command.Append("log", first, "node", java.util.Collections.nCopies(count, new byte[] {1})));
    }

    @Test
    void d1ShouldAcceptRightBehindTheHeadOnly() {
        assertEquals(new Outcome.Accepted(2), append(1, 2));
        assertEquals(new Outcome.Refused(2, "node"), append(2, 1));
        assertEquals(new Outcome.Refused(2, "node"), append(4, 1));
        assertEquals(new Outcome.Accepted(3), append(3, 1));
    }

    @Test
    void d1ShouldKeepTheHeadOfALogWhoseEventsAreAllDeleted() {
        append(1, 3);
        apply(new Command.Delete("log", 99));

        assertEquals(3, ledger.head("log"));
        assertEquals(3, ledger.deletedTo("log"));
        assertEquals(new Outcome.Refused(3, "node"), append(1, 1));
        assertEquals(new Outcome.Accepted(4), append(4, 1));
    }

    @Test
    void shouldChangeNothingWhenAnEntryComesAgain() {
        append(1, 1);

        assertEquals(Optional.empty(), ledger.apply(1, new Command.Append("log", 2, "node", List.of(new byte[1]))));
        assertEquals(1, ledger.head("log"));
    }

    @Test
    void shouldHaveASnapshotOnceItsLastPartIsThere() {
        append(1, 5);
        apply(new Command.SaveSnapshot("log", 5, 9, 0, 2, new byte[] {1, 2}));
        assertEquals(Optional.empty(), ledger.snapshot("log", any -> true));

        apply(new Command.SaveSnapshot("log", 5, 9, 1, 2, new byte[] {3}));

        assertArrayEquals(new byte[] {1, 2, 3}, ledger.snapshot("log", any -> true).orElseThrow().bytes());
        assertEquals(Outcome.Refused.class, apply(new Command.SaveSnapshot("log", 5, 9, 1, 2, new byte[1])).getClass(),
                "a part without those before it");
    }

    @Test
    void shouldBeTheSameAfterACheckpoint() {
        append(1, 5);
        apply(new Command.SaveSnapshot("log", 3, 9, 0, 1, new byte[] {1}));
        apply(new Command.SaveSnapshot("log", 5, 9, 0, 2, new byte[] {2}));
        apply(new Command.Delete("log", 2));
        byte[] whole = ledger.encode();
        Ledger other = new Ledger();

        List<byte[]> parts = Checkpoints.cut(whole, 10);
        other.replace(Checkpoints.whole(parts));

        assertArrayEquals(whole, other.encode());
        assertEquals(ledger.liveBytes(), other.liveBytes());
        assertEquals(List.of(3L, 4L, 5L), List.copyOf(other.events("log", 1, 9).keySet()));
        parts.set(0, Arrays.copyOf(parts.get(0), 9));
        assertThrows(ByteReader.Malformed.class, () -> Checkpoints.whole(parts));
    }
}
