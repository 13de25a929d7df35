package org.mirrorlog.journal.raft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a member lets its engine commit: what every member can apply, and has room for. */
class MemberTest {

    private static final long MOST_LEDGER_BYTES = 1_000;

    private final List<byte[]> proposed = new ArrayList<>();
    private final List<byte[]> sent = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();

    /** Time stands still: what is scheduled never comes. */
    private final Turn turn = new Turn() {
        @Override
        public void submit(Runnable task) {
            task.run();
        }

        @Override
        public void schedule(Runnable task, Duration delay) {
        }
    };

    private final Engine engine = new Engine() {
        @Override
        public void start() {
        }

        @Override
        public void propose(byte[] command, Consumer<Answer> answer) {
            proposed.add(command);
        }

        @Override
        public void confirm(Consumer<Answer> answer) {
        }

        @Override
        public void change(Change change, long membersIndex, Consumer<Answer> answer) {
        }

        @Override
        public Standing standing() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void receive(byte[] message) {
        }

        @Override
        public Optional<String> leader() {
            return Optional.of("m1");
        }

        @Override
        public void stop() {
        }
    };

    private final Member member = new Member(new Member.Ports("m1", turn, (to, message) -> sent.add(message),
            Duration.ofSeconds(4), 1, MOST_LEDGER_BYTES), (machine, outbox) -> engine);

    @Test
    void shouldProposeNothingThatNoMemberCouldApply() {
        byte[] good = CommandCodec.encode(new Command.Append("log", 1, "m2", List.of(new byte[] {1})));
        byte[] another = good.clone();
        another[1] = 77;
        byte[] numberless = good.clone();
        numberless[2 + 2 + "log".length()] = 0;

        for (int length = 0; length < good.length; length++) {
            member.receive("m2", Frames.propose(length, Arrays.copyOf(good, length)));
        }
        member.receive("m2", Frames.propose(7, another));
        member.receive("m2", Frames.propose(8, numberless));

        assertEquals(List.of(), proposed);
        assertEquals(good.length + 2, member.malformed());
        member.receive("m2", Frames.propose(9, good));
        assertEquals(1, proposed.size());
        assertArrayEquals(good, proposed.get(0));
    }

    @Test
    void shouldHoldAppendsThatTheHeapHasNoRoomForAndTakeWhatMakesRoom() {
        Command.Append large = new Command.Append("log", 1, "m1", List.of(new byte[800]));
        Command.Append next = new Command.Append("log", 2, "m1", List.of(new byte[300]));
        Command.Delete delete = new Command.Delete("log", 1);
        member.submit(large, answers::add);
        member.apply(1, proposed.get(0));

        member.submit(next, answers::add);
        member.receive("m2", Frames.propose(9, CommandCodec.encode(next)));

        assertEquals(1, proposed.size());
        assertTrue(answers.get(0) instanceof Answer.NotNow held && held.why().contains("MIRRORLOG_HEAP"),
                answers.toString());
        assertArrayEquals(Frames.answer(9, answers.get(0)), sent.get(0), "asked again as if the disk were full");
        member.submit(delete, answers::add);
        member.apply(2, proposed.get(1));
        member.submit(next, answers::add);
        assertArrayEquals(CommandCodec.encode(next), proposed.get(2));
    }
}
