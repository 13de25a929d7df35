package org.mirrorlog.journal.raft;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Who believes that it owns a log, on one member: replays, then appends number by number, and replays again whenever it
 * was refused or does not know. There is one for each log on each member, so that most logs have several at a time.
 */
final class SimulatedOwner {

    private final String log;
    private final SimulatedMember host;
    private final RaftWorld world;
    private final Random random;
    private long head;
    private boolean hasReplayed;
    private long appends;

    SimulatedOwner(String log, SimulatedMember host, RaftWorld world, Random random) {
        this.log = log;
        this.host = host;
        this.world = world;
        this.random = random;
    }

    void begin() {
        hasReplayed = false;
        if (!world.isBusy()) {
            return;
        }
        long before = world.histories().acknowledged(log);
        if (world.hole() == Hole.NO_BARRIER) {
            replay(new Answer.Readable(0), before);
        } else {
            host.member().catchUp(answer -> replay(answer, before));
        }
    }

    private void replay(Answer answer, long acknowledgedBefore) {
        if (!(answer instanceof Answer.Readable)) {
            again();
            return;
        }
        Ledger ledger = host.member().ledger();
        if (world.hole() != Hole.HEAD_DELETED) {
            world.histories().replayed(log, ledger, acknowledgedBefore);
        }
        head = ledger.head(world.nameIn(ledger, log));
        hasReplayed = true;
        next();
    }

    private void again() {
        hasReplayed = false;
        host.turn().schedule(this::begin, Duration.ofMillis(200 + random.nextInt(3000)));
    }

    /** Most of the time another owner works. */
    private void next() {
        int mostMs = random.nextInt(6) == 0 ? 4000 : 200;
        host.turn().schedule(this::act, Duration.ofMillis(5 + random.nextInt(mostMs)));
    }

    private void act() {
        if (!hasReplayed || !world.isBusy()) {
            return;
        }
        int dice = random.nextInt(20);
        if (dice == 0) {
            submit(new Command.Delete(log, random.nextBoolean() ? head : Math.max(0, head - 3)));
        } else if (dice == 1) {
            byte[] part = new byte[50 + random.nextInt(600)];
            submit(new Command.SaveSnapshot(log, head, 1, 0, 1, part));
            submit(new Command.DeleteSnapshots(log, 0, head - 1, 0, Long.MAX_VALUE));
        } else {
            append();
        }
    }

    private void submit(Command command) {
        host.member().submit(command, answer -> {
            if (command instanceof Command.SaveSnapshot) {
                return;
            }
            next();
        });
    }

    /** Appends at once, whatever else it does: so that two do at one moment. */
    void append() {
        if (!hasReplayed) {
            return;
        }
        List<byte[]> events = new ArrayList<>();
        int count = random.nextInt(5) == 0 ? 3 : 1;
        for (int i = 0; i < count; i++) {
            events.add(world.name(host.name + "/" + log).getBytes(StandardCharsets.US_ASCII));
        }
        Command.Append append = new Command.Append(log, head + 1, host.name, events);
        appends++;
        long thisAppend = appends;
        host.member().submit(append, answer -> answered(append, answer, thisAppend));
    }

    private void answered(Command.Append append, Answer answer, long thisAppend) {
        boolean isHole = world.hole() == Hole.ACCEPTED_UNCOMMITTED && answer instanceof Answer.Unknown;
        if (isHole || answer instanceof Answer.Decided decided && decided.outcome() instanceof Outcome.Accepted) {
            for (int i = 0; i < append.events().size(); i++) {
                world.histories().acknowledged(log, append.firstSequenceNr() + i,
                        new String(append.events().get(i), StandardCharsets.US_ASCII));
            }
            if (thisAppend == appends) {
                head = append.lastSequenceNr();
                next();
            }
        } else if (thisAppend == appends) {
            world.count(answer);
            again();
        }
    }
}
