package org.mirrorlog.journal.raft;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One member of the group: its ledger, and the way of a command to whoever leads. A command that is asked of a follower
 * is forwarded to the leader, one hop and never further.
 *
 * <p>All methods are called on the member's turn. Every question is answered exactly once while the member lives,
 * within {@code patience}.
 */
public final class Member implements Machine {

    /** So many questions may wait. */
    private static final int MAX_WAITING = 10_000;
    private static final int KIB = 1024;

    /** A question that has gone to the leader, or waits for its own engine. */
    private record Waiting(Consumer<Answer> answer, Answer atLast) {
    }

    /**
     * What a member stands on.
     *
     * @param name its own in the group
     * @param patience how long a question waits
     * @param firstNumber of its questions, by chance: an answer to an earlier life of this member, which may come late,
     *        must not pass as one to this life
     * @param mostLedgerBytes appends are proposed as long as the ledger takes no more, for it lies in memory
     */
    public record Ports(String name, Turn turn, Outbox outbox, Duration patience, long firstNumber,
            long mostLedgerBytes) {
    }

    private final Ports ports;
    private final Ledger ledger = new Ledger();
    private final Engine engine;
    private final Replacing replacing;
    private final Map<Long, Waiting> waiting = new HashMap<>();
    private final TreeMap<Long, List<Runnable>> readers = new TreeMap<>();
    private int reading;
    private long lastNumber;
    private long malformed;

    /** @param engine makes the engine that applies to this member, and sends its messages through its outbox */
    public Member(Ports ports, BiFunction<Machine, Outbox, Engine> engine) {
        this.ports = ports;
        this.lastNumber = ports.firstNumber();
        this.engine = engine.apply(this, (to, message) -> ports.outbox().send(to, Frames.engine(message)));
        this.replacing = new Replacing(ports.name(), this.engine);
    }

    /** What was applied here. */
    public Ledger ledger() {
        return ledger;
    }

    /** Who leads, as far as is known here. */
    public Optional<String> leader() {
        return engine.leader();
    }

    /** How many messages made no sense. */
    public long malformed() {
        return malformed;
    }

    /** Takes part from now on. */
    public void start() {
        engine.start();
    }

    /** Goes on with a replacement that has begun, if this member leads; to be called about once a second. */
    public void look() {
        replacing.look();
    }

    /** How this member stands in its group. */
    public Standing standing() {
        return engine.standing();
    }

    /**
     * Has a command committed and applied.
     *
     * @param answer {@link Answer.Decided}, {@link Answer.NotNow} or {@link Answer.Unknown}
     */
    public void submit(Command command, Consumer<Answer> answer) {
        byte[] bytes = CommandCodec.encode(command);
        Answer atLast = new Answer.Unknown("no answer within " + ports.patience().toMillis() + " ms");
        ask(new Waiting(answer, atLast), number -> propose(command, bytes, given -> complete(number, given)),
                number -> Frames.propose(number, bytes));
    }

    /**
     * Waits until this member's ledger shows everything that was acknowledged to anybody before the question.
     *
     * @param answer {@link Answer.Readable} or {@link Answer.NotNow}
     */
    public void catchUp(Consumer<Answer> answer) {
        Answer atLast = new Answer.NotNow("not caught up within " + ports.patience().toMillis() + " ms");
        ask(new Waiting(answer, atLast), number -> engine.confirm(given -> reached(number, given)), Frames::confirm);
    }

    /**
     * Has the directory of a successor take the place of the one that was lost at the same address.
     *
     * @param successor its name: address, a slash, its identity
     * @param answer {@link Answer.Decided}: it is a member, and whoever leads goes on by itself; else ask again
     */
    public void replace(String successor, Consumer<Answer> answer) {
        Answer atLast = new Answer.Unknown("no answer within " + ports.patience().toMillis() + " ms");
        long index = engine.standing().members().index();
        ask(new Waiting(answer, atLast), number -> replacing.begin(successor, index, given -> complete(number, given)),
                number -> Frames.replace(number, successor, index));
    }

    /** As where the disk is full, an append waits; what makes room, and rows, do not. */
    private void propose(Command command, byte[] bytes, Consumer<Answer> answer) {
        if (command instanceof Command.Append && ledger.liveBytes() + bytes.length > ports.mostLedgerBytes()) {
            answer.accept(new Answer.NotNow("the journal takes " + ledger.liveBytes() / KIB + " KiB, as much as it may"
                    + " of this member's heap (MIRRORLOG_HEAP)"));
        } else {
            engine.propose(bytes, answer);
        }
    }

    private void ask(Waiting question, Consumer<Long> here, Function<Long, byte[]> frame) {
        Optional<String> leader = engine.leader();
        if (leader.isEmpty() || waiting.size() >= MAX_WAITING) {
            question.answer().accept(new Answer.NotNow(leader.isEmpty() ? "no leader is known"
                    : MAX_WAITING + " questions wait"));
            return;
        }
        long number = ++lastNumber;
        waiting.put(number, question);
        ports.turn().schedule(() -> complete(number, question.atLast()), ports.patience());
        if (leader.get().equals(ports.name())) {
            here.accept(number);
        } else {
            ports.outbox().send(leader.get(), frame.apply(number));
        }
    }

    private void complete(long number, Answer answer) {
        Waiting question = waiting.remove(number);
        if (question != null) {
            question.answer().accept(answer);
        }
    }

    /** The leader leads: this ledger has to come as far as its commits. */
    private void reached(long number, Answer given) {
        if (!(given instanceof Answer.Readable readable) || ledger.appliedIndex() >= readable.index()) {
            complete(number, given);
        } else if (reading >= MAX_WAITING) {
            complete(number, new Answer.NotNow(MAX_WAITING + " readers wait"));
        } else {
            reading++;
            readers.computeIfAbsent(readable.index(), index -> new ArrayList<>()).add(() -> complete(number, given));
        }
    }

    /**
     * A message of another member has come. One that makes no sense is dropped: above all a command that could not be
     * applied, since what is committed is the end of every member that cannot apply it.
     *
     * @return whether it made sense
     */
    public boolean receive(String from, byte[] message) {
        try {
            ByteReader in = new ByteReader(message);
            int version = in.getByte();
            int kind = in.getByte();
            if (version != Frames.VERSION) {
                malformed++;
                return false;
            }
            switch (kind) {
                case Frames.ENGINE -> engine.receive(in.rest());
                case Frames.PROPOSE -> {
                    long number = in.getLong();
                    byte[] command = in.rest();
                    propose(CommandCodec.decode(command), command,
                            answer -> ports.outbox().send(from, Frames.answer(number, answer)));
                }
                case Frames.CONFIRM -> {
                    long number = in.getLong();
                    engine.confirm(answer -> ports.outbox().send(from, Frames.answer(number, answer)));
                }
                case Frames.REPLACE -> {
                    long number = in.getLong();
                    replacing.begin(in.getText(), in.getLong(),
                            answer -> ports.outbox().send(from, Frames.answer(number, answer)));
                }
                case Frames.ANSWER -> answered(in.getLong(), CommandCodec.readAnswer(in));
                default -> throw new ByteReader.Malformed("a message of kind " + kind);
            }
            return true;
        } catch (ByteReader.Malformed e) {
            // Another build's, or nobody's: whoever sent it hears nothing, and asks again.
            malformed++;
            return false;
        }
    }

    private void answered(long number, Answer answer) {
        if (answer instanceof Answer.Readable) {
            reached(number, answer);
        } else {
            complete(number, answer);
        }
    }

    @Override
    public Outcome apply(long index, byte[] command) {
        Outcome outcome = ledger.apply(index, CommandCodec.decode(command)).orElse(null);
        applied();
        return outcome;
    }

    @Override
    public void skip(long index) {
        ledger.skip(index);
        applied();
    }

    @Override
    public byte[] checkpoint() {
        return ledger.encode();
    }

    @Override
    public void replace(byte[] checkpoint) {
        ledger.replace(checkpoint);
        applied();
    }

    @Override
    public long checkpointBytes() {
        return ledger.liveBytes();
    }

    private void applied() {
        while (!readers.isEmpty() && readers.firstKey() <= ledger.appliedIndex()) {
            // After what is being applied: whoever reads may ask something else.
            List<Runnable> caughtUp = readers.pollFirstEntry().getValue();
            reading -= caughtUp.size();
            caughtUp.forEach(ports.turn()::submit);
        }
    }

    /** Takes part no more; what waits is answered as if its patience had ended. */
    public void stop() {
        engine.stop();
        List.copyOf(waiting.keySet()).forEach(number -> complete(number, waiting.get(number).atLast()));
    }
}
