package org.mirrorlog.simulation;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mirrorlog.emulator.EmulatedMachine;
import org.mirrorlog.emulator.LegIo;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.ServedBoots;
import org.mirrorlog.kernel.OpenRequests;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.owner.OwnerCommand;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * One machine: an emulated kernel from boot to crash, the daemon on it from start to crash, and the wire between them.
 */
final class Machine {
    private static final int INBOX = 48;
    /** In runs of that kind so many machines have the same node name. */
    private static final int TWINS = 2;

    private final Simulation sim;
    private final String name;
    private final int index;
    private final Map<InstanceKey, SurvivingRecord> records = new LinkedHashMap<>();
    private final Deque<UlogRequest> inbox = new ArrayDeque<>();
    private Set<LegIo> scheduled = Collections.newSetFromMap(new IdentityHashMap<>());
    /** By table (its luid): how many tasks that reconnect have had an answer to CTR, and none to RESUME yet. */
    private final Map<Long, Integer> reconnecting = new HashMap<>();
    private final Map<Integer, UlogRequest> read = new HashMap<>();
    private OpenRequests open;
    private SurvivingNumbers numbers;
    /** What its data directory has served; null if that is new. */
    private ServedBoots.Entries served;
    private int directoriesLost;
    private EmulatedMachine kernel;
    private Daemon daemon;
    private boolean isCongested;
    private boolean isDelivering;
    private int boots;
    private long daemonStarts;
    private long bootedUs;
    private double clockRate;
    private long wakeUs = Long.MAX_VALUE;
    private long lastReplyUs;

    Machine(Simulation sim, int index) {
        this.sim = sim;
        this.name = "n" + index;
        this.index = index;
    }

    String name() {
        return name;
    }

    Map<InstanceKey, SurvivingRecord> records() {
        return records;
    }

    SurvivingNumbers numbers() {
        return numbers;
    }

    /** What it calls itself to others. */
    String node() {
        return sim.plan().isTwinned() && index <= TWINS ? "n1" : name;
    }

    /** Which machine it is: cloned disks carry the id of the original. */
    private String machineId() {
        return isCloned() && index > TWINS ? "machine-of-n1" : "machine-of-" + name;
    }

    /** Whether its id is also that of a node of another name. */
    private boolean isCloned() {
        return sim.plan().odds().containsKey(Fault.CLONED) && index != TWINS;
    }

    /** Boots of one lineage are known to be of one machine. */
    String lineage() {
        return isCloned() ? incarnation() : directoriesLost == 0 ? name : name + '~' + directoriesLost;
    }

    /** Earlier boots that are over, as it knows itself. */
    List<String> former() {
        return served.former();
    }

    private void noteBoot() {
        ServedBoots.Own own = new ServedBoots.Own(machineId(), node(), incarnation());
        served = served == null ? ServedBoots.Entries.first(own) : served.with(own);
        if (isCloned()) {
            sim.hit(Fault.CLONED);
            served = served.shared();
        }
    }

    /** With it goes what the machine has heard; and perhaps the disk of another machine takes its place. */
    void loseDirectory() {
        directoriesLost++;
        daemonStarts = 0;
        numbers = null;
        ServedBoots.Entries other = sim.dice().pick(sim.machines()).served;
        // Its own may have been given away before: that would be no loss.
        boolean isOwn = other == null || other.own().machine().equals(machineId());
        served = isOwn || sim.dice().chance(0.5) ? null : other;
    }

    String incarnation() {
        return name + "-boot" + boots;
    }

    int directoriesLost() {
        return directoriesLost;
    }

    int boots() {
        return boots;
    }

    boolean isUp() {
        return kernel != null;
    }

    EmulatedMachine kernel() {
        return kernel;
    }

    Optional<Daemon> daemon() {
        return Optional.ofNullable(daemon);
    }

    @Override
    public String toString() {
        return name;
    }

    // --- life

    void boot() {
        boots++;
        noteBoot();
        if (numbers == null) {
            numbers = new SurvivingNumbers(sim);
        }
        kernel = new EmulatedMachine(incarnation(), sim.dice().chance(0.9) ? 2 : 1,
                sim.dice().chance(0.3) ? -sim.dice().below(200) : 0);
        open = OpenRequests.over(ByteBuffer.allocate(OpenRequests.BYTES), incarnation());
        read.clear();
        if (sim.isCurious()) {
            kernel.beCurious();
        }
        bootedUs = sim.time().nowUs();
        clockRate = sim.dice().between(0.9, 1.1);
        wakeUs = Long.MAX_VALUE;
        scheduled = Collections.newSetFromMap(new IdentityHashMap<>());
        sim.trace().add(name, "boots", incarnation());
        startDaemon();
    }

    void startDaemon() {
        if (daemon != null || kernel == null) {
            return;
        }
        daemon = new Daemon(sim, this, ++daemonStarts);
        sim.trace().add(daemon.name(), "starts");
        daemon.start();
        if (sim.plan().odds().containsKey(Fault.ASKED_AGAIN)) {
            askAgain();
        }
    }

    /** For what the start before this one has lost. */
    private void askAgain() {
        EmulatedMachine booted = kernel;
        Daemon started = daemon;
        List<OpenRequests.Lost> lost = open.lost(false);
        open.forget();
        for (OpenRequests.Lost each : lost) {
            UlogRequest old = read.remove(each.seq());
            if (old != null && sim.has(Hole.OLD_REQUESTS_EXECUTED)) {
                started.soon(sim.dice().between(0, 3_000_000), () -> started.onRequest(old, (request, reply) -> { }));
            }
            if (kernel.awaits(each.seq())) {
                sim.hit(Fault.ASKED_AGAIN);
                lastReplyUs = Math.max(lastReplyUs + 1, sim.time().nowUs() + sim.dice().between(5, 50));
                sim.time().at(lastReplyUs, () -> {
                    if (kernel == booted) {
                        sim.trace().add(name, "#" + Integer.toUnsignedString(each.seq()), "is asked for again");
                        sim.mirrors().forEach(mirror -> mirror.checkers().askedAgain(this, each.seq()));
                        touch(() -> booted.answer(new UlogAnswer(each.seq(), -Errno.EAGAIN.number(), true, 0,
                                new byte[0])));
                    }
                });
            }
        }
    }

    void killDaemon() {
        if (daemon != null) {
            sim.trace().add(daemon.name(), "is killed");
            daemon.kill();
            daemon = null;
            inbox.clear();
            isCongested = false;
            isDelivering = false;
        }
    }

    /** Of the leg writes under way some happen and some do not; then nothing of this kernel is left. */
    void crash() {
        killDaemon();
        sim.trace().add(name, "crashes");
        EmulatedMachine dying = kernel;
        kernel = null;
        reconnecting.clear();
        records.clear();
        numbers.crash();
        List<LegIo> writes = new ArrayList<>(dying.legIo());
        for (LegIo io : writes) {
            boolean isWrite = io.kind() == LegIo.Kind.WRITE || io.kind() == LegIo.Kind.COPY_WRITE;
            if (isWrite && sim.dice().chance(0.5)) {
                sim.trace().add(name, "still happens:", io.toString());
                dying.perform(io);
            }
        }
        sim.mirrors().forEach(mirror -> mirror.workload().crashed(this));
    }

    // --- the kernel

    /** Runs an action on the kernel's clock, then carries out what the kernel wants. */
    void touch(Runnable action) {
        if (kernel == null) {
            return;
        }
        kernel.advanceTo(kernelMs(sim.time().nowUs()));
        action.run();
        carryOut();
    }

    /** The kernel's clock runs ahead of all others, up to this moment. */
    void hurryTo(long timeMs) {
        bootedUs -= Math.max(0, timeMs - kernelNowMs()) * 1_000;
        touch(() -> { });
    }

    long kernelNowMs() {
        return kernelMs(sim.time().nowUs());
    }

    private long kernelMs(long timeUs) {
        return (long) ((timeUs - bootedUs) * clockRate / 1_000);
    }

    private void carryOut() {
        EmulatedMachine booted = kernel;
        for (Optional<UlogRequest> request = booted.nextRequest(); request.isPresent(); request =
                booted.nextRequest()) {
            send(request.get());
        }
        for (LegIo io : booted.legIo()) {
            if (scheduled.add(io)) {
                sim.trace().add(name, "issues", io.toString());
                sim.mirror(io.uuid()).checkers().legIoIssued(this, io);
                boolean isCopy = io.kind() == LegIo.Kind.COPY_READ || io.kind() == LegIo.Kind.COPY_WRITE;
                boolean isSlowCopy = isCopy && sim.strikes(Fault.COPY_SLOW);
                long delayUs = sim.strikes(Fault.LEG_SLOW) ? sim.dice().between(10_000, 8_000_000)
                        : isSlowCopy ? sim.dice().between(20_000, 3_000_000) : sim.dice().between(50, 5_000);
                sim.time().after(delayUs, new OfKernel(booted, () -> perform(booted, io)));
            }
        }
        booted.nextTimerMs().ifPresent(this::wakeAt);
    }

    private void perform(EmulatedMachine booted, LegIo io) {
        if (kernel == booted) {
            scheduled.remove(io);
            touch(() -> {
                sim.trace().add(name, "performs", io.toString());
                booted.perform(io);
            });
        }
    }

    private void wakeAt(long timeMs) {
        long atUs = bootedUs + (long) ((timeMs + 1) * 1_000 / clockRate) + 1;
        if (atUs < wakeUs || wakeUs <= sim.time().nowUs()) {
            wakeUs = atUs;
            EmulatedMachine booted = kernel;
            sim.time().at(EventQueue.Kind.TIMER, atUs, new OfKernel(booted, () -> {
                wakeUs = wakeUs == atUs ? Long.MAX_VALUE : wakeUs;
                touch(() -> { });
            }));
        }
    }

    // --- the wire

    /** The receive queue is full: until it was drained, the kernel finds nobody listening. */
    void overrun() {
        if (daemon != null) {
            isCongested = true;
            EmulatedMachine booted = kernel;
            sim.time().after(sim.dice().between(100, 3_000_000),
                    () -> isCongested &= kernel == booted && !inbox.isEmpty());
        }
    }

    private void send(UlogRequest request) {
        if (daemon == null || isCongested || inbox.size() >= INBOX) {
            isCongested = daemon != null;
            if (request.type().orElseThrow() == RequestType.RESUME) {
                reconnected(request);
            }
            sim.trace().add(name, request, "finds nobody listening");
            sim.mirror(request.uuid()).checkers().refused(this, request);
            kernel.refused(request);
            return;
        }
        sim.trace().add(name, request);
        sim.mirror(request.uuid()).checkers().requested(this, request);
        inbox.add(request);
        deliver();
    }

    private void deliver() {
        if (isDelivering || inbox.isEmpty()) {
            return;
        }
        if (sim.has(Hole.H23_BLOCKED_LOG_BLOCKS_ALL)
                && sim.mirrors().stream().anyMatch(m -> sim.journal().isBlocked(m.uuid()))) {
            isDelivering = true;
            daemon.soon(100_000, () -> {
                isDelivering = false;
                deliver();
            });
            return;
        }
        isDelivering = true;
        Daemon receiver = daemon;
        EmulatedMachine booted = kernel;
        receiver.soon(EventQueue.Kind.WIRE, sim.dice().between(5, 100), () -> {
            isDelivering = false;
            UlogRequest request = inbox.poll();
            if (inbox.isEmpty()) {
                isCongested = false;
            }
            open.read(request.seq(), name);
            read.put(request.seq(), request);
            UlogRequest asked = Holes.requested(sim, this, request);
            receiver.onRequest(asked, (r, reply) -> reply(booted, request, Holes.replied(sim, this, request, reply)));
            deliver();
        });
    }

    private void reply(EmulatedMachine asker, UlogRequest request, Reply reply) {
        open.replied(request.seq());
        read.remove(request.seq());
        sim.mirror(request.uuid()).checkers().replied(this, request, reply);
        if (!isResumeOfReconnect(request) && sim.strikes(Fault.REPLY_LOST)) {
            return;
        }
        if (Checker.isReconnect(request) && sim.strikes(Fault.RECONNECT_CUT)) {
            // The RESUME that follows finds nobody listening.
            overrun();
        }
        lastReplyUs = Math.max(lastReplyUs + 1, sim.time().nowUs() + sim.dice().between(5, 50));
        UlogAnswer answer = new UlogAnswer(request.seq(), -Math.abs(reply.error()), reply.isShortAck(),
                reply.payloadSize(), reply.payload());
        sim.time().at(EventQueue.Kind.WIRE, lastReplyUs,
                new OfKernel(asker, () -> touch(() -> take(asker, request, answer))));
    }

    private void take(EmulatedMachine asker, UlogRequest request, UlogAnswer answer) {
        if (Checker.isReconnect(request)) {
            reconnecting.merge(request.luid(), 1, Integer::sum);
        }
        boolean isLate = !asker.awaits(answer.seq());
        if (!isLate) {
            sim.mirror(request.uuid()).checkers().answering(this, request, answer);
        }
        asker.answer(answer);
        sim.trace().add(name, "#" + Integer.toUnsignedString(request.seq()),
                isLate ? "answer is late:" : "is answered", answer);
        boolean isEnd = isLate ? Checker.isReconnect(request) : request.type().orElseThrow() == RequestType.RESUME;
        if (isEnd) {
            reconnected(request);
        }
        if (!isLate) {
            sim.mirror(request.uuid()).checkers().answered(this, request, answer);
        }
    }

    /** What ends with a kernel. */
    private final class OfKernel implements EventQueue.Passing {
        private final EmulatedMachine booted;
        private final Runnable action;

        OfKernel(EmulatedMachine booted, Runnable action) {
            this.booted = booted;
            this.action = action;
        }

        @Override
        public void run() {
            if (kernel == booted) {
                action.run();
            }
        }

        @Override
        public boolean isOver() {
            return kernel != booted;
        }

        @Override
        public Machine where() {
            return Machine.this;
        }
    }

    private void reconnected(UlogRequest request) {
        reconnecting.computeIfPresent(request.luid(), (luid, tasks) -> tasks == 1 ? null : tasks - 1);
    }

    /** The answer of a daemon that lives reaches its kernel; what it promises is over once it was sent (Exposure). */
    private boolean isResumeOfReconnect(UlogRequest request) {
        return request.type().orElseThrow() == RequestType.RESUME && reconnecting.containsKey(request.luid());
    }

    // --- the cluster

    /** A round arrives for a log that the sender believes to live here. */
    void ask(OwnerCommand.Ask ask, Machine from) {
        if (daemon != null) {
            Daemon receiver = daemon;
            receiver.soon(0, () -> receiver.ask(ask, from));
        }
    }

    /** An owner has something to say without being asked. */
    void tell(Notice notice) {
        if (daemon != null) {
            Daemon receiver = daemon;
            receiver.soon(0, () -> receiver.tell(notice));
        }
    }

    /** An answer arrives. */
    void answer(RoundAnswer answer) {
        if (daemon != null) {
            Daemon receiver = daemon;
            receiver.soon(0, () -> receiver.answer(answer));
        }
    }
}
