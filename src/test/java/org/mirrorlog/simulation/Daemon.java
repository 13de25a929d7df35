package org.mirrorlog.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mirrorlog.instance.Caller;
import org.mirrorlog.instance.HeardNumbers;
import org.mirrorlog.instance.InstanceEnvironment;
import org.mirrorlog.instance.InstanceKey;
import org.mirrorlog.instance.InstanceRecord;
import org.mirrorlog.instance.Instances;
import org.mirrorlog.instance.Memory;
import org.mirrorlog.instance.OpenedDevice;
import org.mirrorlog.instance.Tuning;
import org.mirrorlog.log.FromOwner;
import org.mirrorlog.log.Notice;
import org.mirrorlog.log.Round;
import org.mirrorlog.log.RoundAnswer;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.DeviceStatus;
import org.mirrorlog.owner.OwnerBackoff;
import org.mirrorlog.owner.OwnerCommand;
import org.mirrorlog.owner.Recipient;
import org.mirrorlog.owner.Wire;
import org.mirrorlog.protocol.Errno;
import org.mirrorlog.protocol.LogSpec;
import org.mirrorlog.protocol.UlogRequest;

/** One start of the daemon on one machine: the real instance code, and the owners that live here. */
final class Daemon implements InstanceEnvironment {
    private static final long TICK_US = 100_000;
    private static final long CLOSING_US = 500;

    /** Whoever receives a round knows whom to answer. */
    private static final Recipient<FromOwner> NOBODY = new Recipient<>() {
        @Override
        public void tell(FromOwner message) {
            throw new IllegalStateException("nobody is told " + message);
        }

        @Override
        public boolean isElsewhere() {
            return false;
        }
    };

    private final Simulation sim;
    private final Machine machine;
    private final String incarnation;
    private final String name;
    private final double clockRate;
    private long startedUs;
    private final Instances instances;
    private final Map<String, Owner> owners = new LinkedHashMap<>();
    private final Map<InstanceKey, OwnerDevice.Handle> devices = new LinkedHashMap<>();
    /** Whose device was to be opened, and cannot be used. */
    private final Set<InstanceKey> refused = new LinkedHashSet<>();
    private final List<Runnable> backlog = new ArrayList<>();
    /** Block writes that the kernel has taken and the log device has not. */
    private final List<Runnable> adrift = new ArrayList<>();
    /** By log; outlives its owners. */
    private final Map<String, OwnerBackoff> backoffs = new LinkedHashMap<>();
    private final DeathList deaths = new DeathList();
    private final Map<String, List<Runnable>> watchers = new LinkedHashMap<>();
    private boolean isDead;
    private boolean isPaused;

    Daemon(Simulation sim, Machine machine, long daemonStart) {
        this.sim = sim;
        this.machine = machine;
        this.incarnation = machine.incarnation();
        String place = machine.directoriesLost() == 0 ? machine.name() : machine.incarnation();
        this.name = place + "/jvm" + daemonStart;
        this.clockRate = sim.dice().between(0.9, 1.1);
        this.startedUs = sim.time().nowUs() - sim.dice().between(0, 1_000_000_000);
        Tuning tuning = sim.time().isExplored() ? new Tuning(1, 1, 1)
                : new Tuning(sim.plan().lazyClearMs(), 500, 100);
        instances = new Instances(new org.mirrorlog.instance.Machine(machine.node(), incarnation, daemonStart,
                machine::former), tuning,
                store(), this);
    }

    /** Takes up the tables of the machine's kernel, as after every start. */
    void start() {
        deaths.add(sim.deaths().declared());
        for (Map.Entry<InstanceKey, SurvivingRecord> entry : new ArrayList<>(machine.records().entrySet())) {
            SurvivingRecord record = entry.getValue();
            instances.restore(entry.getKey(), record.constructor(), record.memory(), record, nowMs());
        }
        Set<String> live = new LinkedHashSet<>();
        machine.kernel().devices()
                .forEach(device -> device.active().ifPresent(mirror -> live.add(mirror.table().uuid())));
        instances.compareWith(live, live::contains, nowMs());
        tick();
    }

    private void tick() {
        soon(EventQueue.Kind.TIMER, TICK_US, () -> {
            instances.onTick(nowMs());
            tick();
        });
    }

    /** The daemon's clock runs ahead of all others by so much, and ticks. */
    void hurryBy(long forMs) {
        startedUs -= forMs * 1_000;
        instances.onTick(nowMs());
    }

    String name() {
        return name;
    }

    String incarnation() {
        return incarnation;
    }

    long nowMs() {
        return (long) ((sim.time().nowUs() - startedUs) * clockRate / 1_000);
    }

    private InstanceRecord.Store store() {
        return new InstanceRecord.Store() {
            @Override
            public InstanceRecord create(InstanceKey key, String constructor, Memory memory) {
                return createRecord(key, constructor, memory);
            }

            @Override
            public HeardNumbers heard() {
                return machine.numbers();
            }
        };
    }

    private InstanceRecord createRecord(InstanceKey key, String constructor, Memory memory) {
        SurvivingRecord record = new SurvivingRecord(sim, machine, key, constructor, memory);
        machine.records().put(key, record);
        return record;
    }

    // --- life

    /** Does this later, unless the daemon is dead by then; while it is paused, after the pause. */
    void soon(long delayUs, Runnable action) {
        soon(EventQueue.Kind.STEP, delayUs, action);
    }

    void soon(EventQueue.Kind kind, long delayUs, Runnable action) {
        sim.time().after(kind, delayUs, new OfDaemon(action));
    }

    /** What ends with this daemon, and waits while it is paused. */
    private final class OfDaemon implements EventQueue.Passing {
        private final Runnable action;

        OfDaemon(Runnable action) {
            this.action = action;
        }

        @Override
        public void run() {
            now(action);
        }

        @Override
        public boolean isOver() {
            return isDead;
        }

        @Override
        public Machine where() {
            return machine;
        }
    }

    private void now(Runnable action) {
        if (isPaused) {
            backlog.add(action);
        } else if (!isDead) {
            action.run();
        }
    }

    /**
     * A block write that lands much later, also while the daemon is paused; at the latest with the daemon's end, or
     * never.
     */
    void adrift(long delayUs, Runnable landing, Runnable then) {
        Runnable end = new Runnable() {
            @Override
            public void run() {
                if (adrift.remove(this)) {
                    landing.run();
                    now(then);
                }
            }
        };
        adrift.add(end);
        sim.time().after(delayUs, end);
    }

    /** What is adrift lands now. */
    void landAll() {
        List.copyOf(adrift).forEach(Runnable::run);
    }

    Machine machine() {
        return machine;
    }

    boolean isPaused() {
        return isPaused;
    }

    void pause(long forUs) {
        isPaused = true;
        sim.time().after(forUs, this::goOn);
    }

    /** The pause ends. */
    void goOn() {
        isPaused = false;
        List<Runnable> due = List.copyOf(backlog);
        backlog.clear();
        due.forEach(this::now);
    }

    void kill() {
        isDead = true;
        isPaused = false;
        backlog.clear();
        List.copyOf(adrift).stream().filter(landing -> sim.dice().chance(0.5)).forEach(Runnable::run);
        adrift.clear();
        owners.values().forEach(Owner::end);
    }

    // --- the kernel's side

    void onRequest(UlogRequest request, Caller caller) {
        instances.onRequest(request, caller, nowMs());
    }

    // --- the cluster's side

    /** A round for a log that lives here, or is believed to. */
    void ask(OwnerCommand.Ask ask, Machine from) {
        owner(ask.round().uuid(), from).gather(ask, from);
    }

    private Owner owner(String uuid, Machine asker) {
        Owner owner = owners.get(uuid);
        if (owner == null || owner.isStopped()) {
            owner = new Owner(sim, this, uuid, asker);
            owners.put(uuid, owner);
        }
        return owner;
    }

    OwnerBackoff backoff(String uuid) {
        return backoffs.computeIfAbsent(uuid,
                log -> new OwnerBackoff(sim.dice().between(0, Integer.MAX_VALUE), () -> 0));
    }

    DeathList deaths() {
        return deaths;
    }

    /** The operator's word for a log that lives here. */
    void adopt(String uuid) {
        owner(uuid, machine).adopt();
    }

    /** The answer of a node to the question whether its kernel has a table of this log: it has none. */
    void hearAbsent(String uuid, OwnerCommand.NoTable none) {
        Owner owner = owners.get(uuid);
        if (owner != null) {
            owner.tell(none);
        }
    }

    /** Whether the kernel has no table of this log, whatever was known of it. */
    boolean isWithout(String uuid) {
        return sim.mirror(uuid).device(machine).active().isEmpty()
                && sim.mirror(uuid).device(machine).inactive().isEmpty();
    }

    /** What the machine has heard of this log. */
    HeardNumbers.Last whatItHasHeardOf(String uuid) {
        return instances.heardOf(uuid);
    }

    void hearOf(Set<String> dead) {
        deaths.add(dead);
    }

    void answer(RoundAnswer answer) {
        instances.onAnswer(answer, nowMs());
    }

    void tell(Notice notice) {
        instances.onNotice(notice, nowMs());
    }

    void stopOwner(String uuid) {
        Owner owner = owners.remove(uuid);
        if (owner != null) {
            owner.tell(OwnerCommand.Stop.INSTANCE);
        }
    }

    /** This owner was to be moved; another one may have taken its place since. */
    void handOver(String uuid, Owner owner) {
        owners.remove(uuid, owner);
        owner.tell(OwnerCommand.Stop.INSTANCE);
    }

    Optional<Owner> ownerOf(String uuid) {
        return Optional.ofNullable(owners.get(uuid)).filter(owner -> !owner.isStopped());
    }

    boolean owns(String uuid) {
        Owner owner = owners.get(uuid);
        return owner != null && !owner.isStopped();
    }

    @Override
    public void send(Round round) {
        sim.journal().remembers(round.uuid(), round.seen());
        Machine owner = sim.placement().ownerOf(round.uuid(), machine);
        sim.trace().add(name, "asks", owner.name(), round.by(), round.ask(), "clears", round.clears(), "session",
                round.session(), "no", round.number());
        OwnerCommand.Ask ask = new OwnerCommand.Ask(owner == machine ? round : Wire.round(round),
                deviceStatus(new InstanceKey(round.uuid(), round.by().luid())), NOBODY);
        sim.network().send(machine, owner, () -> owner.ask(ask, machine));
    }

    // --- the device's side

    Optional<OwnerDevice.Handle> device(InstanceKey key) {
        return Optional.ofNullable(devices.get(key));
    }

    DeviceStatus deviceStatus(InstanceKey key) {
        OwnerDevice.Handle handle = devices.get(key);
        return handle != null ? handle.hasFailed() ? DeviceStatus.FAILED : DeviceStatus.OPEN
                : refused.contains(key) ? DeviceStatus.REFUSED : DeviceStatus.NOT_OPENED;
    }

    void watchDevices(String uuid, Runnable watcher) {
        watchers.computeIfAbsent(uuid, log -> new ArrayList<>()).add(watcher);
    }

    void unwatchDevices(String uuid, Runnable watcher) {
        watchers.getOrDefault(uuid, List.of()).remove(watcher);
    }

    private void news(String uuid) {
        List.copyOf(watchers.getOrDefault(uuid, List.of())).forEach(Runnable::run);
    }

    boolean isRefused(InstanceKey key) {
        return refused.contains(key);
    }

    @Override
    public void openDevice(InstanceKey key, LogSpec spec) {
        soon(sim.dice().between(100, 20_000), () -> {
            if (sim.strikes(Fault.DEVICE_REFUSED)) {
                refused.add(key);
                instances.onDeviceRefused(key, Errno.EINVAL, "refused", nowMs());
                news(key.uuid());
            } else {
                refused.remove(key);
                devices.put(key, new OwnerDevice.Handle());
                instances.onDeviceOpened(key, new OpenedDevice(254, 3), nowMs());
                news(key.uuid());
            }
        });
    }

    @Override
    public void closeDevice(InstanceKey key) {
        devices.remove(key);
        refused.remove(key);
        soon(CLOSING_US, () -> {
            instances.onDeviceClosed(key, nowMs());
            news(key.uuid());
        });
    }

    @Override
    public void wake(InstanceKey key) {
        soon(sim.dice().between(100, 5_000), () -> sim.mirror(key.uuid()).workload().wake(machine));
    }

    @Override
    public void reactivate(InstanceKey key) {
        soon(sim.dice().between(10_000, 200_000), () -> sim.mirror(key.uuid()).workload().reactivate(machine));
    }

    @Override
    public void condemned(InstanceKey key) {
        warn(key, "declared dead");
    }

    /** Nothing here has a reason to throw, but a checker. */
    @Override
    public void threw(InstanceKey key, Throwable cause) {
        throw cause instanceof RuntimeException violation ? violation : new IllegalStateException(cause);
    }

    @Override
    public void warn(InstanceKey key, String incident) {
        sim.trace().add(name, "warns", key, incident);
    }
}
