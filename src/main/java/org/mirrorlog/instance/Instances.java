package org.mirrorlog.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.protocol.ConstructorString;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.Reply;
import org.mirrorlog.protocol.RequestType;
import org.mirrorlog.protocol.UlogRequest;

/**
 * All tables of this machine's kernel: routes requests by exact (uuid, luid), creates instances (protocol 3.5) and
 * knows what to say about those it does not know. One thread at a time; nothing blocks.
 */
public final class Instances {
    private final Machine machine;
    private final Tuning tuning;
    private final InstanceRecord.Store records;
    private final InstanceEnvironment surroundings;
    private final RoundCounters costs = new RoundCounters();
    private final AtomicLong lastRound = new AtomicLong();
    private final Map<InstanceKey, LogInstance> instances = new LinkedHashMap<>();
    private final Openings openings = new Openings();
    private final Strangers strangers;
    private final Troubles troubles;
    private final Remains remains;
    private final Sleepers sleepers;
    private boolean isCondemned;
    /** A table that was idle long enough would else take a new request for a late one. */
    private final RequestNumbers numbers = new RequestNumbers();
    private final Waits waits = new Waits();
    private long tickedMs;

    public Instances(Machine machine, Tuning tuning, InstanceRecord.Store records, InstanceEnvironment surroundings) {
        this.machine = machine;
        this.tuning = tuning;
        this.records = records;
        this.surroundings = surroundings;
        this.strangers = new Strangers(surroundings);
        this.troubles = new Troubles(surroundings);
        this.remains = new Remains(surroundings);
        this.sleepers = new Sleepers(surroundings);
    }

    /**
     * Takes up a table that an earlier start of this daemon served under the same boot of the machine (D14). Its
     * device, if it has one, is opened by {@link InstanceEnvironment#reopenDevice}.
     */
    public void restore(InstanceKey key, String constructor, Memory memory, InstanceRecord record, long nowMs) {
        if (!(ConstructorString.parse(constructor.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1))
                instanceof ConstructorString.Parsed parsed)) {
            throw new IllegalArgumentException("record of " + key + " has a constructor string that never was one: "
                    + constructor);
        }
        LogInstance instance = new LogInstance(key, parsed.spec(), constructor, memory, record, context(nowMs));
        instances.put(key, instance);
        run(instance, () -> restore(instance, nowMs), nowMs);
    }

    private void restore(LogInstance instance, long nowMs) {
        if (!instance.isWithoutDevice()) {
            instance.restore(nowMs);
        }
    }

    /** Whatever a table throws stays with it; true where a disk failed, which says nothing of the step. */
    private boolean run(LogInstance instance, Runnable step, long nowMs) {
        try {
            step.run();
            if (instance.isGone() && instances.remove(instance.key(), instance)) {
                waits.forget(instance.key());
            }
            return false;
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            troubles.threw(instance.key(), e, nowMs);
            instance.close();
            return e instanceof UncheckedIOException;
        }
    }

    /** As after a restart of the daemon, but for what only this start can know. */
    private void takeUpAnew(InstanceKey key, long nowMs) {
        LogInstance old = instances.get(key);
        if (old == null) {
            troubles.forget(key);
            return;
        }
        LogInstance anew;
        try {
            anew = old.anew(records, context(nowMs));
        } catch (IOException | RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            troubles.threw(key, e, nowMs);
            return;
        }
        instances.put(key, anew);
        List<Troubles.Waiting> waiting = troubles.back(key, nowMs);
        run(anew, () -> restore(anew, nowMs), nowMs);
        waiting.forEach(one -> serve(key, one, nowMs));
    }

    private void forEach(Consumer<LogInstance> step, long nowMs) {
        for (LogInstance instance : new ArrayList<>(instances.values())) {
            if (!troubles.isOut(instance.key())) {
                run(instance, () -> step.accept(instance), nowMs);
            }
        }
    }

    /**
     * Whether another table of the log came into use on this machine after that one was: the kernel never goes back.
     */
    private boolean isReplaced(LogInstance old) {
        long session = old.memory().session();
        return session > 0 && instances.values().stream().anyMatch(other -> other.key().uuid().equals(old.key().uuid())
                && other.memory().phase().isInSession() && other.memory().session() > session);
    }

    private LogInstance.Context context(long nowMs) {
        return new LogInstance.Context(machine, tuning, surroundings, lastRound::incrementAndGet, costs, this::condemn,
                this::isReplaced, numbers::gaps, remains, sleepers, records.heard(), nowMs);
    }

    /** A request of the kernel; answered now, later, or never if the kernel has given this copy up. */
    public void onRequest(UlogRequest request, Caller caller, long nowMs) {
        if (isCondemned) {
            return;
        }
        Optional<RequestType> type = request.type();
        InstanceKey key = new InstanceKey(request.uuid(), request.luid());
        if (type.isEmpty()) {
            surroundings.warn(key, "request type " + (request.wireType() & 0xff) + ", must be 1 to 17");
            caller.reply(request, Reply.failure(Errno.EINVAL));
            return;
        }
        costs.request(type.get());
        boolean isNewest = numbers.heard(request.seq());
        waits.came(key, type.get(), nowMs);
        Caller noting = (asked, reply) -> {
            waits.answered(key, type.get(), instances.containsKey(key));
            caller.reply(asked, reply);
        };
        serve(key, new Troubles.Waiting(new Call(request, type.get(), noting), isNewest, nowMs), nowMs);
    }

    private void serve(InstanceKey key, Troubles.Waiting one, long nowMs) {
        LogInstance instance = instances.get(key);
        Call call = one.call();
        if (instance != null && troubles.isOut(key)) {
            troubles.hold(key, one);
        } else if (call.type() == RequestType.CTR) {
            constructOrRefuse(key, call, nowMs);
        } else if (instance != null) {
            if (run(instance, () -> instance.onCall(call, one.isNewest(), nowMs), nowMs)) {
                // Before all that comes later, and not late: it was found in time.
                troubles.hold(key, new Troubles.Waiting(call, true, one.sinceMs()));
            }
        } else {
            call.reply(strangers.reply(key, call.type()));
        }
    }

    private void constructOrRefuse(InstanceKey key, Call call, long nowMs) {
        LogInstance existing = instances.get(key);
        if (existing != null) {
            run(existing, () -> construct(key, call, nowMs), nowMs);
            return;
        }
        try {
            construct(key, call, nowMs);
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            openings.remove(key);
            troubles.refused(key, "its constructor waits", e, nowMs);
        }
    }

    private void construct(InstanceKey key, Call call, long nowMs) {
        ConstructorString string = ConstructorString.ofTable(call.request().payload());
        if (string instanceof ConstructorString.Problem problem) {
            surroundings.warn(key, "constructor refused: " + problem.text());
            call.reply(Reply.failure(problem.errno()));
            return;
        }
        ConstructorString.Parsed parsed = (ConstructorString.Parsed) string;
        LogInstance existing = instances.get(key);
        boolean isSame = existing != null && existing.constructor().equals(parsed.text());
        if (isSame && (parsed.isReconnect() || !existing.wasEverResumed())) {
            existing.life().reconstructed(call, parsed.isReconnect(), constructed(call, parsed));
        } else if (existing != null) {
            // Its table is gone, only its end got lost; the kernel uses the address anew.
            surroundings.warn(key, "constructed anew: the older table of this address is taken for destroyed");
            existing.life().destroy(() -> {
                instances.remove(key, existing);
                construct(key, call, nowMs);
            });
        } else if (!parsed.isReconnect() && isTooLarge(key, parsed.spec())) {
            call.reply(Reply.failure(Errno.ENOMEM));
        } else {
            parsed.ignoredOptions()
                    .forEach(word -> surroundings.warn(key, "constructor has an unknown option, ignored: "
                    + word));
            boolean isFirst = openings.add(key, call, parsed, nowMs);
            if (parsed.spec().device().isEmpty()) {
                create(key, Optional.empty(), nowMs);
            } else if (isFirst) {
                surroundings.openDevice(key, parsed.spec());
            }
        }
    }

    private boolean isTooLarge(InstanceKey key, LogSpec spec) {
        MapRoom room = new MapRoom(tuning.mapBytes());
        instances.forEach((other, instance) -> room.take(other.uuid(), instance.spec()));
        openings.takeInto(room);
        return room.isLackingFor(key, spec, surroundings);
    }

    /** The device goes back to a kernel that has room for it: protocol version 2, first form (1.7, 1.9). */
    private static Reply constructed(Call call, ConstructorString.Parsed parsed) {
        boolean hasRoom = call.request().version() >= 2 && !parsed.isReconnect();
        return parsed.spec().device().filter(device -> hasRoom).map(Reply::device).orElse(Reply.done());
    }

    private void create(InstanceKey key, Optional<OpenedDevice> device, long nowMs) {
        Openings.Opening opening = openings.remove(key);
        ConstructorString.Parsed parsed = opening.constructor();
        Memory memory = parsed.isReconnect() ? Memory.lost() : Memory.constructed();
        InstanceRecord record;
        try {
            record = records.create(key, parsed.text(), memory);
        } catch (RuntimeException | StackOverflowError | AssertionError | LinkageError e) {
            Errno errno = Troubles.errno(e);
            troubles.refused(key, "its constructor fails with " + errno, e, nowMs);
            device.ifPresent(opened -> surroundings.closeDevice(key));
            opening.call().reply(Reply.failure(errno));
            return;
        }
        remains.replaced(key);
        LogInstance instance = new LogInstance(key, parsed.spec(), parsed.text(), memory, record, context(nowMs));
        device.ifPresent(instance::opened);
        strangers.isKnown(key);
        instances.put(key, instance);
        Reply reply = constructed(opening.call(), parsed);
        if (parsed.isReconnect()) {
            run(instance, () -> instance.life().constructedByReconnect(opening.call(), reply), nowMs);
        } else {
            opening.call().reply(reply);
        }
    }

    /** The device that {@link InstanceEnvironment#openDevice} was asked for is open. */
    public void onDeviceOpened(InstanceKey key, OpenedDevice device, long nowMs) {
        LogInstance instance = instances.get(key);
        if (openings.has(key)) {
            create(key, Optional.of(device), nowMs);
        } else if (instance != null && !instance.isClosing()) {
            instance.opened(device);
            takeUpIfServed(instance, nowMs);
        } else {
            surroundings.closeDevice(key);
        }
    }

    /**
     * It cannot be opened. A table that runs goes on without: its flushes fail, nothing else does.
     *
     * @param errno positive
     */
    public void onDeviceRefused(InstanceKey key, Errno errno, String reason, long nowMs) {
        surroundings.warn(key, reason);
        Openings.Opening opening = openings.remove(key);
        LogInstance instance = instances.get(key);
        if (opening != null) {
            opening.call().reply(Reply.failure(errno));
        } else if (instance != null && !instance.isClosing()) {
            instance.openRefused();
            takeUpIfServed(instance, nowMs);
        }
    }

    private void takeUpIfServed(LogInstance instance, long nowMs) {
        if (!troubles.isOut(instance.key())) {
            run(instance, () -> instance.restore(nowMs), nowMs);
        }
    }

    /** The device of a destroyed table is closed, or not waited for any more (D20). */
    public void onDeviceClosed(InstanceKey key, long nowMs) {
        LogInstance instance = instances.get(key);
        if (instance != null && !troubles.isOut(key)) {
            run(instance, () -> instance.closed(nowMs), nowMs);
        }
    }

    /** The owner's answer to a round. */
    public void onAnswer(RoundAnswer answer, long nowMs) {
        if (isCondemned || !answer.to().incarnation().equals(machine.incarnation())) {
            return;
        }
        LogInstance instance = instances.get(new InstanceKey(answer.uuid(), answer.to().luid()));
        if (instance != null && !troubles.isOut(instance.key())) {
            run(instance, () -> instance.onAnswer(answer, nowMs), nowMs);
        }
    }

    /** What an owner says unasked. */
    public void onNotice(Notice notice, long nowMs) {
        LogInstance instance = instances.get(new InstanceKey(notice.uuid(), notice.to().luid()));
        boolean isHere = instance != null && notice.to().incarnation().equals(machine.incarnation());
        if (isHere && !troubles.isOut(instance.key())) {
            run(instance, () -> instance.onNotice(notice, nowMs), nowMs);
        }
    }

    /** Owners may have moved: rounds without an answer are sent again at once. */
    public void resend(long nowMs) {
        forEach(instance -> instance.resend(nowMs), nowMs);
    }

    /** Time passes: call it a few times a second. */
    public void onTick(long nowMs) {
        tickedMs = nowMs;
        if (isCondemned) {
            return;
        }
        forEach(instance -> instance.onTick(nowMs), nowMs);
        troubles.due(nowMs).forEach(key -> takeUpAnew(key, nowMs));
        remains.onTick(nowMs);
        openings.onTick(nowMs, surroundings);
        sleepers.onTick(instances.values(), nowMs);
    }

    /**
     * At the start: tables in use of which the kernel knows nothing any more are taken for destroyed; their end got
     * lost while no daemon listened (D17). Their log devices may be in other use by now, so they are let go of before
     * the owner hears of it: they stay as they are, and the next RESUME reads what they say (D20). A table that only
     * the kernel knows has lost its record (D15), one that counts as suspended perhaps its RESUME: they are woken, so
     * that they ask for something.
     *
     * @param live uuids of all logs that the kernel has live tables of
     * @param mayBeLive whether a table may be of this log, where names cannot be told apart for certain
     */
    public void compareWith(Set<String> live, Predicate<String> mayBeLive, long nowMs) {
        sleepers.wakeUnused(live, instances.values(), nowMs);
        forEach(instance -> {
            if (instance.wasEverResumed() && !mayBeLive.test(instance.key().uuid())) {
                instance.warn("the kernel has no table of this log: its end got lost, it is taken for destroyed");
                surroundings.closeDevice(instance.key());
                instance.life().destroy(() -> instances.remove(instance.key(), instance));
            }
        }, nowMs);
    }

    /** Each table in use sends its owner a round that changes nothing: owners that stand still begin to run. */
    public void greet(long nowMs) {
        if (!isCondemned) {
            forEach(instance -> instance.greet(nowMs), nowMs);
        }
    }

    /**
     * This kernel was declared dead: none of its tables is served again, and none of its requests is answered, for an
     * error would let it write (D16). What the tables hold stays in their records.
     */
    private void condemn(InstanceKey key) {
        if (!isCondemned) {
            isCondemned = true;
            surroundings.condemned(key);
        }
    }

    /** As if a log had said that this kernel was declared dead. */
    public void condemn() {
        condemn(new InstanceKey("(all)", 0));
    }

    /** Whether this kernel was declared dead. */
    public boolean isCondemned() {
        return isCondemned;
    }

    /** What this machine has heard of a log; of one that only an older build's record tells of, no more than that. */
    public HeardNumbers.Last heardOf(String uuid) {
        return records.heard().last(uuid).or(instances.values().stream().anyMatch(i -> i.key().uuid().equals(uuid)
                && i.memory().session() > 0) ? HeardNumbers.Last.DOUBTFUL : HeardNumbers.Last.NEVER);
    }

    /** All instances, oldest first, at the time of the last tick. */
    public List<TableView> views() {
        return instances.values().stream().map(table -> TableView.of(table, troubles.reason(table.key()),
                waits.of(table.key(), tickedMs), tickedMs)).toList();
    }

    /** Requests and rounds so far, by request type; for any thread. */
    public Map<String, Long> costs() {
        return costs.snapshot();
    }

    /** Whether any table is in use: the daemon must not stop. */
    public boolean hasActive() {
        return instances.values().stream().anyMatch(i -> i.memory().phase() != Phase.SUSPENDED);
    }

    /** The daemon stops; the records stay for the next start. */
    public void close() {
        instances.values().forEach(LogInstance::close);
        instances.clear();
    }
}
