package org.mirrorlog.journal.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.mirrorlog.journal.DiskStorage;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.JournalOptions;
import org.mirrorlog.journal.SimulatedStorage;
import org.mirrorlog.journal.Storage;
import org.mirrorlog.journal.raft.micro.MicroRaft;

/** One member as it ships, on a simulated disk: it can be killed, paused and started again. */
final class SimulatedMember {

    private static final JournalOptions FILES =
            new JournalOptions(16 * 1024, 8 * 1024, 2048, 0, 1, 1 << 20, Duration.ofSeconds(1));
    private static final MicroRaft.Options ENGINE = new MicroRaft.Options(1, 1000, 30, 40, 8, 400, 700);
    private static final JournalLog SILENT = new JournalLog() {
        @Override
        public void info(String line) {
        }

        @Override
        public void warn(String line) {
        }

        @Override
        public void error(String line) {
        }
    };
    private static final JournalId GROUP = new JournalId(1, 2);

    final String name;
    final SimulatedStorage disk;
    private final RaftWorld world;
    private final Random random;
    private final List<SimulatedOwner> owners = new ArrayList<>();
    private Member member;
    private int life;
    private boolean isUp;
    private boolean isLost;
    private Engine engine;
    private long turnUs;
    private long pausedUntilUs;
    int failStops;

    SimulatedMember(String name, RaftWorld world, long seed) {
        this.name = name;
        this.world = world;
        this.random = new Random(seed);
        this.disk = new SimulatedStorage(random);
    }

    boolean isUp() {
        return isUp;
    }

    Member member() {
        return member;
    }

    Engine engine() {
        return engine;
    }

    boolean isPaused() {
        return world.queue().nowUs() < pausedUntilUs;
    }

    /** It is not started any more. */
    void setLost(boolean is) {
        isLost = is;
    }

    void pause(long untilUs) {
        pausedUntilUs = Math.max(pausedUntilUs, untilUs);
    }

    /** The process starts; a disk that fails meanwhile ends it again. */
    void start() {
        if (isUp || isLost) {
            return;
        }
        life++;
        isUp = true;
        turnUs = 0;
        disk.setShortWrites(random.nextBoolean());
        try {
            Storage storage = world.hole() == Hole.UNFORCED ? new UnforcedStorage(disk) : disk;
            EntryStore.Opened opened = EntryStore.open(storage, FILES, SILENT, () -> GROUP);
            if (world.hole() == Hole.VOTE_FORGOTTEN) {
                Recovered all = opened.recovered();
                opened = new EntryStore.Opened(opened.store(), new Recovered(all.seat(),
                        new Vote(all.vote().term(), ""), all.checkpoint(), all.entries()));
            }
            run(opened);
        } catch (SimulatedStorage.PowerFailure e) {
            world.powerFails(this);
        } catch (IOException e) {
            if (!DiskStorage.isDiskFull(e) && !e.getMessage().contains("(injected")) {
                throw world.histories().violation(name + " cannot open its store: " + e.getMessage());
            }
            end();
            world.startLater(this);
        }
    }

    private void run(EntryStore.Opened opened) {
        int thisLife = life;
        Turn turn = turn(thisLife);
        MicroRaft.Group group = new MicroRaft.Group(GROUP.toString(), name, initial());
        member = new Member(new Member.Ports(name, turn, outbox(thisLife), Duration.ofSeconds(4),
                random.nextLong(), Long.MAX_VALUE),
                (machine, engineOutbox) -> {
                    engine = new MicroRaft(group, ENGINE,
                            new MicroRaft.Ports(turn, engineOutbox, world.clock(), random,
                                    end -> failed(thisLife, end)),
                            opened, new WatchedMachine(name, machine, world, () -> member.ledger()));
                    return engine;
                });
        member.start();
        owners.clear();
        for (String log : world.logs()) {
            SimulatedOwner owner = new SimulatedOwner(log, this, world, new Random(random.nextLong()));
            owners.add(owner);
            turn.schedule(owner::begin, Duration.ofMillis(100 + random.nextInt(2000)));
        }
    }

    private List<String> initial() {
        List<String> all = new ArrayList<>(world.founders());
        if (world.hole() == Hole.LEARNER_STANDS && !all.contains(name)) {
            all.add(name);
        }
        return all;
    }

    SimulatedOwner owner(int i) {
        return owners.get(i);
    }

    private Outbox outbox(int thisLife) {
        return (to, message) -> {
            if (isUp && life == thisLife) {
                world.network().send(name, to, message);
            }
        };
    }

    void receive(String from, byte[] message) {
        if (isUp) {
            turn(life).submit(() -> member.receive(from, message));
        }
    }

    /** First in, first out, each a little later; nothing of an earlier life; nothing while it is paused. */
    Turn turn(int ofLife) {
        return new Turn() {
            @Override
            public void submit(Runnable task) {
                turnUs = Math.max(turnUs, world.queue().nowUs() + random.nextInt(60));
                world.queue().at(turnUs, () -> run(ofLife, task));
            }

            @Override
            public void schedule(Runnable task, Duration delay) {
                world.queue().after(delay.toNanos() / 1000, () -> submit(task));
            }
        };
    }

    Turn turn() {
        return turn(life);
    }

    private void run(int ofLife, Runnable task) {
        if (!isUp || life != ofLife) {
            return;
        }
        if (world.queue().nowUs() < pausedUntilUs) {
            turnUs = Math.max(turnUs, pausedUntilUs);
            world.queue().at(turnUs, () -> run(ofLife, task));
            return;
        }
        task.run();
    }

    private void failed(int ofLife, Throwable reason) {
        if (!isUp || life != ofLife) {
            return;
        }
        if (reason instanceof Histories.Violation) {
            // Remembered already.
            end();
        } else if (reason instanceof SimulatedStorage.PowerFailure) {
            world.powerFails(this);
        } else if (reason instanceof IOException) {
            failStops++;
            end();
            world.startLater(this);
        } else {
            throw world.histories().violation(name + " has ended itself: " + reason);
        }
    }

    /** The process is gone; the disk's cache is not. */
    void end() {
        isUp = false;
        life++;
        disk.restart();
    }
}
