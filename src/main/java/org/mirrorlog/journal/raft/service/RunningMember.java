package org.mirrorlog.journal.raft.service;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.mirrorlog.journal.DiskStorage;
import org.mirrorlog.journal.GroupStanding;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalId;
import org.mirrorlog.journal.JournalLog;
import org.mirrorlog.journal.JournalOpener;
import org.mirrorlog.journal.JournalOptions;
import org.mirrorlog.journal.Storage;
import org.mirrorlog.journal.raft.EntryStore;
import org.mirrorlog.journal.raft.Member;
import org.mirrorlog.journal.raft.Seat;
import org.mirrorlog.journal.raft.Turn;
import org.mirrorlog.journal.raft.micro.MicroRaft;
import org.mirrorlog.journal.raft.net.Hello;
import org.mirrorlog.journal.raft.net.Security;
import org.mirrorlog.journal.raft.net.Wire;

/**
 * This node's member of the group, running: its directory, its thread, its connections. After the first error of its
 * store nothing leaves it any more, and it has to be ended.
 */
final class RunningMember implements AutoCloseable {

    private static final int MIB = 1 << 20;
    private static final JournalOptions FILES = new JournalOptions(32 * MIB, 32 * MIB, MIB, 0, 1, 64L * MIB,
            Duration.ofSeconds(2));
    private static final MicroRaft.Options ENGINE = new MicroRaft.Options(1, 1000, 10_000, 4096, 256, 4 * MIB, MIB);
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    /** An eighth of the heap: the ledger, the checkpoint before and the next one, which is written, sealed and cut. */
    private static final long LEDGER_SHARE = 8;
    private static final long STOP_WITHIN_S = 10;
    private static final long LOOK_MS = 1_000;
    private static final long SAY_EVERY_LOOKS = 10;

    /**
     * What it stands on.
     *
     * @param random draws identities; not to be guessed
     * @param failed told once why it is at its end
     */
    record Surroundings(Security security, JournalLog log, LongSupplier nanoClock, Random random,
            Consumer<Throwable> failed) {
    }

    private final ReplicatedSettings settings;
    private final Surroundings around;
    private final Storage storage;
    private final MemberFile file;
    private final Forming forming;
    private final MemberThread turn = new MemberThread(this::fail);
    private final Map<String, String> troubles = new ConcurrentHashMap<>();
    private volatile String group = "";
    private volatile Wire wire;
    private volatile Member member;
    private volatile EntryStore store;
    private volatile boolean isClosing;
    private volatile Throwable failure;
    private volatile GroupStanding standing;

    private RunningMember(ReplicatedSettings settings, Surroundings around, Storage storage, MemberFile file) {
        this.settings = settings;
        this.around = around;
        this.storage = storage;
        this.file = file;
        this.forming = new Forming(settings.self(), file.id(), settings.members());
    }

    /**
     * Starts it. A member without a journal waits until all others have been met, at most for {@code start-within}.
     *
     * @throws IOException if it cannot take part; then everything is closed again
     */
    static RunningMember start(ReplicatedSettings settings, Surroundings around) throws IOException {
        Storage storage = DiskStorage.openLocked(settings.directory());
        RunningMember made;
        boolean hasJournal;
        try {
            hasJournal = !JournalOpener.segments(storage).isEmpty();
            made = new RunningMember(settings, around, storage, MemberFile.open(storage, hasJournal, () ->
                    new JournalId(around.random().nextLong(), around.random().nextLong()).toString()));
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
        try {
            if (hasJournal) {
                made.begin(null);
                made.listen();
            } else {
                made.listen();
                made.begin(made.meetAll());
            }
            return made;
        } catch (IOException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    private void listen() throws IOException {
        wire = Wire.open(new Wire.Place(settings.self(), settings.members()), around.security(), new Listening(),
                around.nanoClock());
    }

    /** The group that all members make up. */
    private JournalId meetAll() throws IOException {
        long endNs = around.nanoClock().getAsLong() + settings.startWithin().toNanos();
        for (long looks = 0;; looks++) {
            Optional<JournalId> all = forming.group();
            if (all.isPresent()) {
                around.log().info("replicated journal: all members have met: " + settings.members() + " begin journal "
                        + all.get());
                return all.get();
            }
            if (around.nanoClock().getAsLong() - endNs > 0) {
                throw new JournalException("replicated journal: this member has none yet, and " + whyAlone());
            }
            if (looks % SAY_EVERY_LOOKS == SAY_EVERY_LOOKS - 1) {
                around.log().info("replicated journal: a first start needs all members: " + whyAlone());
            }
            try {
                forming.await(LOOK_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new JournalException("replicated journal: interrupted while its members meet", e);
            }
        }
    }

    private String whyAlone() {
        Set<String> missing = forming.missing();
        return missing.isEmpty() ? forming.ofAnother() + " are of a group that this directory, " + settings.directory()
                + ", is not of: it was lost, or begun anew"
                : missing + " were not met (" + troubles + ")";
    }

    private void begin(JournalId created) throws IOException {
        EntryStore.Opened opened = EntryStore.open(storage, FILES, around.log(), () -> created);
        store = opened.store();
        Seat seat = opened.recovered().seat();
        if (seat != null && !seat.name().equals(settings.self())) {
            throw new JournalException("directory " + settings.directory() + " is that of member " + seat.name()
                    + ", this node is " + settings.self() + ". Nothing was changed");
        }
        if (seat != null && !new TreeSet<>(seat.initial().all()).equals(new TreeSet<>(settings.members()))) {
            throw new JournalException("mirrorlog.replicated.members is " + settings.members() + ", the journal in "
                    + settings.directory() + " is of " + seat.initial().all() + ": they cannot be changed yet");
        }
        String id = store.id().toString();
        // Before anything is voted or acknowledged here: without its segments it may not begin anew.
        file.formed(id);
        MicroRaft.Group all = new MicroRaft.Group(id, settings.self(), settings.members().stream().sorted().toList());
        member = new Member(new Member.Ports(settings.self(), turn, this::send, PATIENCE,
                around.random().nextLong() >>> 1, Runtime.getRuntime().maxMemory() / LEDGER_SHARE),
                (machine, outbox) -> new MicroRaft(all, ENGINE,
                new MicroRaft.Ports(turn, outbox, new SteadyClock(around.nanoClock()), around.random(), this::fail),
                opened, machine));
        member.start();
        group = id;
    }

    private void send(String to, byte[] message) {
        Wire line = wire;
        if (line != null && failure == null) {
            line.send(to, message);
        }
    }

    private void fail(Throwable why) {
        if (failure == null && !isClosing) {
            failure = why;
            if (wire != null) {
                wire.close();
            }
            around.failed().accept(why);
        }
    }

    // --- what it is asked -----------------------------------------------------------------------------------------

    JournalId id() {
        return store.id();
    }

    Member member() {
        return member;
    }

    /** As {@link org.mirrorlog.journal.Journal#turns}. */
    long turns() {
        return turn.turns();
    }

    /** Has {@link #group} tell what is now; on the member's turn. */
    void note() {
        standing = new Places(settings.self(), file).told(member.standing(), member.leader().orElse(""), within());
    }

    /** How the members stood when it was noted; empty if it was not. */
    Optional<GroupStanding> group() {
        return Optional.ofNullable(standing);
    }

    Turn turn() {
        return turn;
    }

    EntryStore store() {
        return store;
    }

    /** Why it is at its end. */
    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Other members that are within reach. */
    List<String> within() {
        return wire == null ? List.of() : wire.within();
    }

    /** What connections say. */
    private final class Listening implements Wire.Listener {
        @Override
        public Hello own() throws IOException {
            file.announce(around.random()::nextLong);
            return new Hello(group, settings.self(), settings.members(), file.id(), file.start(), file.nonces());
        }

        @Override
        public String group() {
            return group;
        }

        @Override
        public Optional<String> met(Hello other) {
            if (!new TreeSet<>(other.members()).equals(new TreeSet<>(settings.members()))) {
                return Optional.of("its mirrorlog.replicated.members is " + other.members() + ", here it is "
                        + settings.members());
            }
            String own = group;
            if (!own.isEmpty() && !other.group().isEmpty() && !own.equals(other.group())) {
                return Optional.of("it is of journal " + other.group() + ", this member of " + own);
            }
            Optional<String> refusal = file.meet(other, !own.isEmpty());
            if (refusal.isEmpty()) {
                troubles.remove(other.name());
                forming.saw(other);
            }
            return refusal;
        }

        @Override
        public void received(String from, byte[] frame, Runnable done) {
            turn.submit(() -> {
                try {
                    if (!member.receive(from, frame)) {
                        troubled(from, new IOException("it has sent what makes no sense here, and what was dropped"));
                    }
                } finally {
                    done.run();
                }
            });
        }

        @Override
        public void troubled(String with, Exception why) {
            String says = why instanceof EOFException ? "the other side has hung up"
                    : why instanceof IOException && why.getMessage() != null ? why.getMessage() : why.toString();
            if (!says.equals(troubles.put(with, says))) {
                around.log().info("replicated journal: connection with " + with + ": " + says);
            }
        }
    }

    /** Takes part no more. What it was asked and has not answered is answered first. Waits for that; idempotent. */
    @Override
    public void close() {
        isClosing = true;
        CountDownLatch ended = new CountDownLatch(1);
        turn.submit(() -> {
            if (member != null) {
                member.stop();
            }
            // Behind what the engine submits meanwhile.
            turn.submit(() -> turn.submit(() -> closeStore(ended)));
        });
        try {
            if (!ended.await(STOP_WITHIN_S, TimeUnit.SECONDS)) {
                around.log().info("replicated journal: its disk has not answered for " + STOP_WITHIN_S
                        + " s and is not waited for");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        turn.end();
        if (wire != null) {
            wire.close();
        }
    }

    private void closeStore(CountDownLatch ended) {
        try {
            if (store != null) {
                store.close();
            } else {
                storage.close();
            }
        } catch (IOException e) {
            around.log().info("replicated journal: closed with an error (" + DiskStorage.reason(e) + ")");
        }
        ended.countDown();
    }
}
