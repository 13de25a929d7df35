package org.mirrorlog.emulator;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.mirrorlog.protocol.UlogAnswer;
import org.mirrorlog.protocol.UlogRequest;

/**
 * One emulated machine from boot to crash: mapped devices, the log module that they share, a clock and a list of leg
 * I/O that others move. To drive it: carry out what {@link #nextRequest} returns, hand in {@link #answer answers},
 * {@link #perform} leg I/O, {@link #advanceTo move the clock}. A machine that crashes is simply dropped: leg I/O not
 * performed never happens.
 */
public final class EmulatedMachine {
    private static final int PROTOCOL_VERSION = 2;
    private static final long FIRST_LUID = 0xff11000004f80200L;
    private static final long LUID_STEP = 0x200;

    private final String bootId;
    private final Timers timers = new Timers();
    private final Complaints complaints = new Complaints();
    private final LogModule module;
    private final Map<String, EmulatedDevice> devices = new LinkedHashMap<>();
    private final Set<LegIo> legIo = new LinkedHashSet<>();
    private final Deque<Runnable> ready = new ArrayDeque<>();
    private final Deque<Long> freeLuids = new ArrayDeque<>();
    private long nextLuid = FIRST_LUID;
    private boolean isSettling;
    private boolean isCurious;

    /** A machine that has just booted, with the protocol version of current kernels. */
    public EmulatedMachine(String bootId) {
        this(bootId, PROTOCOL_VERSION, 0);
    }

    /**
     * A machine that has just booted.
     *
     * @param bootId identifies the kernel's life
     * @param protocolVersion 1 or 2
     * @param firstSeq sequence number of the first request; real ones start at 0, tests may want to see it wrap
     */
    public EmulatedMachine(String bootId, int protocolVersion, int firstSeq) {
        this.bootId = Objects.requireNonNull(bootId, "bootId");
        this.module = new LogModule(timers, complaints, protocolVersion, firstSeq);
    }

    /** From now on workers ask IS_CLEAN as well, which those of real mirrors do not: of one region after the other. */
    public void beCurious() {
        isCurious = true;
    }

    boolean isCurious() {
        return isCurious;
    }

    /** Identifies the kernel's life. */
    public String bootId() {
        return bootId;
    }

    /** A mapped device over these legs; made when first asked for. */
    public EmulatedDevice device(String name, Legs legs) {
        return devices.computeIfAbsent(name, key -> new EmulatedDevice(this, key, legs));
    }

    /** All devices, in the order of their making. */
    public List<EmulatedDevice> devices() {
        return List.copyOf(devices.values());
    }

    // ---- the wire

    /** Takes the next request to be sent; in the order of sequence numbers. */
    public Optional<UlogRequest> nextRequest() {
        return Optional.ofNullable(module.takeOutgoing());
    }

    /** That request could not be sent, for nobody listens: the kernel's ESRCH. */
    public void refused(UlogRequest request) {
        module.refused(request.seq());
        settle();
    }

    /** An answer arrived. */
    public void answer(UlogAnswer answer) {
        module.answered(answer);
        settle();
    }

    // ---- time

    /** The machine's clock; starts at 0. */
    public long nowMs() {
        return timers.nowMs();
    }

    /** Moves the clock and does what was due until then. */
    public void advanceTo(long timeMs) {
        Runnable due;
        while ((due = timers.takeDue(timeMs)) != null) {
            due.run();
            settle();
        }
        timers.moveTo(timeMs);
    }

    /** When something is due next. */
    public OptionalLong nextTimerMs() {
        return timers.nextMs();
    }

    /** When the last thing is due that is set by now. */
    public OptionalLong lastTimerMs() {
        return timers.lastMs();
    }

    // ---- disks

    /** Leg I/O issued and not yet performed, oldest first; a view. */
    public Set<LegIo> legIo() {
        return Collections.unmodifiableSet(legIo);
    }

    /** Lets one leg I/O happen. */
    public void perform(LegIo io) {
        if (!legIo.remove(io)) {
            throw new IllegalArgumentException("not pending: " + io);
        }
        io.run();
        settle();
    }

    /** Lets the oldest leg I/O happen; false if there is none. */
    public boolean performOldest() {
        if (legIo.isEmpty()) {
            return false;
        }
        perform(legIo.iterator().next());
        return true;
    }

    // ---- observers

    /** Rules that answers have broken. */
    public Complaints complaints() {
        return complaints;
    }

    /** Requests whose answers are awaited. */
    public int openRequests() {
        return module.openRequests();
    }

    /** Requests sent again: after 15 s, or because a short ack asked for it. */
    public long resends() {
        return module.resends();
    }

    /**
     * Milliseconds that the longest request took or has taken so far, however often it was sent; and starts measuring
     * anew.
     */
    public long takeLongestRequestMs() {
        return module.takeLongestMs();
    }

    /** Whether the request is still waited for, not one given up or sent anew with another number. */
    public boolean awaits(int seq) {
        return module.awaits(seq);
    }

    /** The number of the next request. */
    public int nextSeq() {
        return module.nextSeq();
    }

    /** The number of the oldest request that is waited for; of the next one, if there is none. */
    public int oldestSeq() {
        return module.oldestSeq();
    }

    /** Answers that nobody waited for any more. */
    public long lateAnswers() {
        return module.lateAnswers();
    }

    /** Requests that found nobody listening. */
    public long refusals() {
        return module.refusals();
    }

    // ---- for the devices

    LogModule module() {
        return module;
    }

    Timers timers() {
        return timers;
    }

    void issue(LegIo io) {
        legIo.add(io);
    }

    /** An address for a new table: the last one that was freed, else a new one. */
    long allocateLuid() {
        Long freed = freeLuids.pollFirst();
        if (freed != null) {
            return freed;
        }
        long luid = nextLuid;
        nextLuid += LUID_STEP;
        return luid;
    }

    void freeLuid(long luid) {
        freeLuids.addFirst(luid);
    }

    /** Does this before the present call into the machine returns. */
    void soon(Runnable action) {
        ready.add(action);
    }

    /** Does all that can be done without news from outside. */
    void settle() {
        if (isSettling) {
            return;
        }
        isSettling = true;
        try {
            Runnable action;
            while ((action = ready.poll()) != null) {
                action.run();
            }
        } finally {
            isSettling = false;
        }
    }
}
