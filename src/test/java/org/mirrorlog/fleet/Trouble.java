package org.mirrorlog.fleet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What may befall a fleet whose machines write one mirror. Each trouble begins and ends with all nodes at work, so that
 * any other one may follow; {@link Fleet#audit} tells whether it did harm.
 */
enum Trouble {
    OWNER_KILLED("kill -9 of the owner") {
        @Override
        void strike(Fleet fleet) {
            kill(fleet, fleet.owner());
        }
    },
    /** As by a service manager, which starts it long before the others have given it up. */
    OWNER_RESTARTED("kill -9 of the owner, started again at once") {
        @Override
        void strike(Fleet fleet) {
            FleetNode owner = fleet.node(fleet.owner());
            owner.kill();
            owner.start();
        }
    },
    OTHER_KILLED("kill -9 of another node that holds marks") {
        @Override
        void strike(Fleet fleet) {
            kill(fleet, fleet.other(fleet.owner()));
        }
    },
    OWNER_PAUSED_5_S(5, "SIGSTOP of the owner for 5 s", Explained.PAUSED) {
        @Override
        void strike(Fleet fleet) {
            pauseOwner(fleet, away());
        }
    },
    OWNER_PAUSED_12_S(12, "SIGSTOP of the owner for 12 s: replaced meanwhile", Explained.PAUSED) {
        @Override
        void strike(Fleet fleet) {
            pauseOwner(fleet, away());
        }
    },
    OWNER_PAUSED_30_S(30, "SIGSTOP of the owner for 30 s: replaced meanwhile", Explained.PAUSED) {
        @Override
        void strike(Fleet fleet) {
            pauseOwner(fleet, away());
        }
    },
    /**
     * Node 1 is cut off: it may not found a cluster of its own. Of two, either may be the one that is removed.
     */
    CUT_OFF("one node cut off from the others") {
        @Override
        void strike(Fleet fleet) {
            long before = removals(fleet);
            int[] others = allBut(fleet, 1);
            for (int i : others) {
                fleet.net().wall(fleet.node(1).host(), fleet.node(i).host());
            }
            if (others.length > 1) {
                fleet.awaitWrites(SOME, others);
            }
            fleet.await("one side to be removed", () -> removals(fleet) > before);
            fleet.net().heal();
        }
    },
    POSTGRESQL_AWAY(20, "PostgreSQL stopped for 20 s", Explained.JOURNAL_AWAY) {
        @Override
        void strike(Fleet fleet) throws IOException, InterruptedException {
            fleet.server().stop();
            Waiting.pause(away().toMillis());
            fleet.server().up();
        }
    },
    CUT_AFTER_COMMIT("PostgreSQL's connection cut right after a commit", Explained.JOURNAL_AWAY) {
        @Override
        void strike(Fleet fleet) {
            fleet.giveUpMarks();
            fleet.proxy().cutAnswerTo("mirrorlog|" + Fleet.UUID);
            fleet.write(LANES);
            fleet.await("the connection to be cut", () -> fleet.proxy().hasCut());
            fleet.proxy().cutNothing();
        }
    },
    /** Nobody is served before they have found each other again. */
    ALL_KILLED(10, "restart of all nodes") {
        @Override
        void strike(Fleet fleet) {
            fleet.nodes().forEach(FleetNode::kill);
            fleet.nodes().forEach(node -> node.start());
        }
    },
    /** Random bytes, and a frame of Akka's protocol that announces 2 GiB, at every node's port. */
    GARBAGE_SENT("garbage and an oversized frame at the nodes' ports") {
        @Override
        void strike(Fleet fleet) throws IOException {
            byte[] garbage = new byte[1 << 20];
            new Random(1).nextBytes(garbage);
            ByteBuffer oversized = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
            oversized.put("AKKA".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).putInt(Integer.MAX_VALUE);
            for (FleetNode node : fleet.nodes()) {
                fleet.net().send(node.host(), garbage);
                fleet.net().send(node.host(), oversized.array());
            }
        }
    },
    /** It boots anew, which proves its death; what it was writing is resynced once all machines have resumed (R2). */
    MACHINE_DIED("a machine died in the middle of writes and booted") {
        @Override
        void strike(Fleet fleet) {
            int victim = fleet.other(fleet.owner());
            fleet.cutPower(victim);
            fleet.awaitWrites(SOME, allBut(fleet, victim));
            fleet.boot(victim);
            fleet.machine(victim).load(fleet.table());
            fleet.machine(victim).resume();
            fleet.write(LANES);
            fleet.awaitWrites(SOME);
            fleet.stopWriting();
            fleet.reactivate();
            fleet.write(LANES);
        }
    },
    ROLLING_RESTART("rolling restart") {
        @Override
        void strike(Fleet fleet) {
            for (FleetNode node : fleet.nodes()) {
                int status = node.stop();
                if (status != 0) {
                    throw new AssertionError("ended with " + status + ": " + node.tail());
                }
                node.start();
                node.awaitReady();
                fleet.awaitWrites(SOME);
            }
        }
    },
    /** A daemon that has run on this disk can be started on it, and needs no room that it has not got already (D14). */
    DATA_DISK_FULL("the owner's data directory full, and a start on it", Needs.DISKS, Explained.DATA_DISK) {
        @Override
        void strike(Fleet fleet) {
            StorageTroubles.fillDataDisk(fleet);
        }
    },
    DATA_DISK_READ_ONLY(15, "another node's data directory read-only; mounted anew, without its records", Needs.DISKS,
            Explained.DATA_DISK) {
        @Override
        void strike(Fleet fleet) throws IOException {
            StorageTroubles.breakDataDisk(fleet, away());
        }
    },
    LOG_DEVICE_HANGS(10, "the log device hangs for 10 s", Needs.DISKS) {
        @Override
        void strike(Fleet fleet) {
            StorageTroubles.hangLogDevice(fleet, away());
        }
    },
    /** It is replaced meanwhile, by one that hangs as well; what it was writing reaches the device after that. */
    PAUSED_WHILE_DEVICE_HANGS(18, "SIGSTOP of the owner while the log device hangs", Needs.DISKS, Explained.PAUSED) {
        @Override
        void strike(Fleet fleet) {
            StorageTroubles.pauseOwnerOfHangingDevice(fleet, away());
        }
    },
    POSTGRESQL_READ_ONLY(10, "PostgreSQL read-only for 10 s", Needs.NOTHING, Explained.JOURNAL_AWAY) {
        @Override
        void strike(Fleet fleet) {
            fleet.giveUpMarks();
            fleet.setReadOnly(true);
            fleet.write(LANES);
            fleet.await("a node to be not ready", () -> !fleet.nodes().stream().allMatch(FleetNode::isReady));
            Waiting.pause(away().toMillis());
            fleet.setReadOnly(false);
        }
    },
    CLOCKS_JUMPED("wall clocks jumped, forwards and back", Needs.CLOCKS) {
        @Override
        void strike(Fleet fleet) {
            int owner = fleet.owner();
            int other = fleet.other(owner);
            for (long ahead : new long[] {3_600, -7_200, 0}) {
                fleet.node(owner).setClock(ahead);
                fleet.node(other).setClock(-24 * ahead);
                fleet.awaitWrites(SOME);
            }
        }
    },
    JAR_REPLACED("another build over the program's file, and in its place", Needs.NOTHING) {
        @Override
        void strike(Fleet fleet) throws IOException {
            ProgramFile.replace(fleet);
        }
    },
    FLOODED("connections that say nothing, or half of something, at every port of the nodes", Needs.NOTHING) {
        @Override
        void strike(Fleet fleet) throws IOException {
            Flood.befall(fleet);
        }
    },
    /** Nobody is served before it is certain that the former cluster is over: 20 s after it has said that it lives. */
    COLD_START_WITHOUT_ONE(30, "all killed, and started without one of them") {
        @Override
        void strike(Fleet fleet) {
            StartTroubles.withoutOne(fleet);
        }
    },
    SEED_RETIRED(30, "all killed, and started where the first of the seeds is nobody any more") {
        @Override
        void strike(Fleet fleet) {
            StartTroubles.withARetiredSeed(fleet);
        }
    };

    /** Lines at level ERROR that belong to a trouble. */
    private interface Explained {
        String[] PAUSED = {"AppendRefused", "head is", "persist"};
        /** A journal that is away is told by each node that needs it, and by whoever waits for its owner. */
        String[] DATA_DISK = {"No space left", "Read-only", "read-only", "Input/output"};
        String[] JOURNAL_AWAY = {"ostgres", "journal", "persist", "Persist", "onnection"};
    }

    /** What not every machine has. */
    private enum Needs {
        NOTHING {
            @Override
            String lack(Fleet fleet) {
                return "";
            }
        },
        DISKS {
            @Override
            String lack(Fleet fleet) {
                return fleet.disks().lack();
            }
        },
        CLOCKS {
            @Override
            String lack(Fleet fleet) {
                return fleet.lackOfClocks();
            }
        };

        /** What is missing for it here; empty if nothing is. */
        abstract String lack(Fleet fleet);
    }

    /** Writes at a time on each machine. */
    static final int LANES = 4;
    /** So many writes show that I/O goes on. */
    static final long SOME = 40;
    /** The exit status of a daemon that the cluster has removed. */
    private static final int REMOVED = 4;

    private final Duration away;
    private final String what;
    private final Needs needs;
    private final List<String> explained;

    Trouble(String what, String... explained) {
        this(0, what, Needs.NOTHING, explained);
    }

    Trouble(int awaySeconds, String what, String... explained) {
        this(awaySeconds, what, Needs.NOTHING, explained);
    }

    Trouble(String what, Needs needs, String... explained) {
        this(0, what, needs, explained);
    }

    /**
     * @param awaySeconds how long somebody is away by it: requests that need him wait as long
     * @param explained regular expressions of ERROR lines that belong to it
     */
    Trouble(int awaySeconds, String what, Needs needs, String... explained) {
        this.away = Duration.ofSeconds(awaySeconds);
        this.what = what;
        this.needs = needs;
        this.explained = List.of(explained);
    }

    /** Those that every run of the tests goes through; {@code deploy/soak-cluster} draws the others, too. */
    static Stream<Trouble> ofEveryRun() {
        return EnumSet.range(OWNER_KILLED, ROLLING_RESTART).stream();
    }

    /** What it needs and this fleet has not got; empty if it can be drawn. */
    final String lack(Fleet fleet) {
        return needs.lack(fleet);
    }

    final Duration away() {
        return away;
    }

    /** Does it, and whatever ends it; machines write meanwhile. */
    abstract void strike(Fleet fleet) throws IOException, InterruptedException;

    /** Lets the machines write, does it, waits until all write on, and looks at everything. */
    final void befall(Fleet fleet) throws IOException, InterruptedException {
        if (fleet.count() == 2) {
            fleet.awaitFreeArbiter();
        }
        fleet.write(LANES);
        fleet.awaitWrites(SOME);
        strike(fleet);
        fleet.awaitWrites(SOME);
        fleet.audit(what, away, explained.toArray(String[]::new));
    }

    private static void kill(Fleet fleet, int victim) {
        fleet.node(victim).kill();
        fleet.awaitWrites(SOME, allBut(fleet, victim));
        fleet.node(victim).start();
    }

    private static void pauseOwner(Fleet fleet, Duration pause) {
        int owner = fleet.owner();
        fleet.node(owner).freeze();
        Waiting.pause(pause.toMillis());
        fleet.node(owner).thaw();
    }

    /** How often a daemon has ended because the cluster had removed it. */
    private static long removals(Fleet fleet) {
        return fleet.nodes().stream().flatMap(node -> node.exits().stream())
                .filter(status -> status == REMOVED).count();
    }

    static int[] allBut(Fleet fleet, int one) {
        return IntStream.rangeClosed(1, fleet.count()).filter(i -> i != one).toArray();
    }
}
