package org.mirrorlog.journal.raft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a member lets its engine commit: what every member can apply. */
class MemberTest {

    private final List<byte[]> proposed = new ArrayList<>();

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

    private final Member member = new Member(new Member.Ports("m1", turn, (to, message) -> { },
            Duration.ofSeconds(4), 1), (machine, outbox) -> engine);

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
}
