package org.mirrorlog.daemon;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.mirrorlog.cluster.DaemonName;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.cluster.LostMembers;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.device.LogDevice;
import org.mirrorlog.dmsetup.KernelTables;
import org.mirrorlog.dmsetup.MirrorWaker;
import org.mirrorlog.dmsetup.Reactivator;
import org.mirrorlog.fencing.DeathService;
import org.mirrorlog.fencing.FenceCommand;
import org.mirrorlog.fencing.Fencing;
import org.mirrorlog.fencing.FencingPolicy;
import org.mirrorlog.instance.Instances;
import org.mirrorlog.instance.Machine;
import org.mirrorlog.instance.RecordDirectory;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.instance.Tuning;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.journal.JournalExtension;
import org.mirrorlog.kernel.Backlog;
import org.mirrorlog.kernel.ConnectorSocket;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.kernel.ReceiveLoop;
import org.mirrorlog.kernel.ReplySender;
import org.mirrorlog.kernel.RequestTimes;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.logging.Incidents;
import org.mirrorlog.management.ManagementPort;
import org.mirrorlog.operations.ClusterCounters;
import org.mirrorlog.operations.ClusterHealth;
import org.mirrorlog.operations.HealthWatch;
import org.mirrorlog.operations.LocalLogs;
import org.mirrorlog.operations.LogLevels;
import org.mirrorlog.operations.NodeStakes;
import org.mirrorlog.operations.OperatorActions;
import org.mirrorlog.operations.ResyncOrders;
import org.mirrorlog.operations.ServiceCounters;
import org.mirrorlog.operations.StoppedNodes;
import org.mirrorlog.operations.TableHealth;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.OwnerSettings;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartPart;
import org.mirrorlog.settings.FencingSettings;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything about logs, on a running node: journal, owners, log devices, this machine's tables, and last the way to
 * the kernel. Started and closed by one thread, which waits.
 */
final class LogService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogService.class);
    /** Far more than a kernel has under way; what does not fit is lost like a datagram, and comes again. */
    private static final int MOST_REQUESTS = 1 << 16;
    private static final Props HOT = Props.empty()
            .withDispatcherFromConfig("mirrorlog.dispatchers.hot");
    private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration VIEW_TIMEOUT = Duration.ofSeconds(3);
    /** Longer than thousands of owners take to start, shorter than who asks by HTTP waits. */
    private static final Duration ASK_OWNERS = Duration.ofSeconds(3);
    private static final Duration DEVICE_TICK = Duration.ofSeconds(1);
    private static final Duration FORCE_HEARD = Duration.ofSeconds(1);
    private static final Duration JOURNAL_LOOK = Duration.ofMillis(500);
    private static final Duration PULSE = Duration.ofSeconds(2);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);
    private static final Set<NodeState> ENDED = Set.of(NodeState.OVER, NodeState.DEAD);

    private final ActorSystem<Void> system;
    private final ActorRef<KernelBridge.Message> bridge;
    private final ReceiveLoop loop;
    private final BooleanSupplier isDeclaredDead;
    private volatile boolean isClosing;
    private volatile long answeredAtMs;

    /**
     * The kernel that is served.
     *
     * @param earlier its runs before this one
     * @param kept what outlives the daemon of its tables
     * @param restored whether the data directory goes on from a backup
     * @param places told what the start waits for
     */
    record Served(KernelLink link, EarlierRuns earlier, Kept kept, Restored restored, StartPlaces places) { }

    /**
     * What outlives the daemon of its tables.
     *
     * @param records place of their records
     * @param writer of what is heard of logs
     */
    record Kept(RecordsPlace records, HeardWriter writer) { }

    /** What tables are surrounded by. */
    record Parts(String incarnation, LogSharding owners, LogDevices devices, Incidents incidents,
                 Optional<MirrorWaker> waker, Reactivator reactivator) { }

    private LogService(ActorSystem<Void> system, ActorRef<KernelBridge.Message> bridge, ReceiveLoop loop,
            BooleanSupplier isDeclaredDead) {
        this.isDeclaredDead = isDeclaredDead;
        this.system = system;
        this.bridge = bridge;
        this.loop = loop;
    }

    /**
     * Starts serving.
     *
     * @param served the kernel
     * @param whenBroken told once if what serves the tables ends by itself: nothing is answered any more
     * @throws StartException a part cannot start; what was started ends with the node
     */
    static LogService start(Settings settings, Node node, Served served, Runnable whenBroken) throws StartException {
        KernelLink link = served.link();
        ActorSystem<Void> system = node.system();
        ManagementPort management = ManagementPort.get(system.classicSystem());
        served.places().journal();
        Journal journal = openJournal(system);
        served.places().free();
        management.readyUnless(journal::problem);
        system.scheduler().scheduleWithFixedDelay(JOURNAL_LOOK, JOURNAL_LOOK,
                GoesOn.task("who looks at the journal", journal::look), system.executionContext());
        InsidePages.show(management, settings, journal);
        management.measureLogs(settings.doors().mostMeasuredLogs());
        management.count("journal", () -> ServiceCounters.of(journal.counters()));
        management.timeForcedWrites(() -> ServiceCounters.times(journal.counters()));
        node.join(settings, journal.clusterRow());

        RecordDirectory records;
        long start;
        served.places().records();
        try {
            records = RecordDirectory.open(served.kept().records().places(), settings.kernel().bootId(),
                    served.kept().writer());
            start = served.earlier().nextStart(records);
        } catch (IOException e) {
            throw new StartException("mirrorlog.data-dir: the records of this machine's tables cannot be used: " + e,
                    e);
        }
        served.places().free();
        Incidents incidents = new Incidents(LOG, KernelBridge::nowMs);
        LogDevices devices = new LogDevices(
                (device, regionCount) -> LogDevice.open(device, regionCount, settings.acceptRegularFiles()),
                settings.mostDevices(),
                new LogDevices.Means(DeviceThreads.start(), KernelBridge::nowMs, incidents::warnAlways));
        system.scheduler().scheduleWithFixedDelay(DEVICE_TICK, DEVICE_TICK,
                GoesOn.task("who looks at log devices", devices::tick), system.executionContext());
        HeardKeeper heard = new HeardKeeper(records::force, incidents, KernelBridge::nowMs);
        system.scheduler().scheduleWithFixedDelay(FORCE_HEARD, FORCE_HEARD,
                GoesOn.task("who keeps what was heard", heard),
                system.dispatchers().lookup(DispatcherSelector.blocking()));
        management.count("devices", () -> ServiceCounters.of(devices));
        CompletableFuture<ActorRef<KernelBridge.Message>> tables = new CompletableFuture<>();
        DeathList deathList = new DeathList();
        Restored restored = served.restored();
        restored.condemn(deathList);
        DeathService deaths = DeathService.start(system, deathList, settings.newBootProvesDeath(),
                System::currentTimeMillis);
        Supplier<List<String>> former = served.earlier().unlessSharedWith(deaths::othersOnThisMachine);
        system.scheduler().scheduleWithFixedDelay(FORCE_HEARD, FORCE_HEARD,
                GoesOn.task("who looks for other nodes of this machine id",
                        () -> served.earlier().look(deaths.othersOnThisMachine(), incidents)),
                system.dispatchers().lookup(DispatcherSelector.blocking()));
        LogSharding owners = new LogSharding(system, new LogSharding.Around(devices, deathList,
                new JournalHeads(system, journal),
                new LogSharding.Others(settings.identity(), former,
                        () -> restored.with(nodes(deaths), deathList.declared()),
                        new Witness(system, link.tables(), tables),
                        journal.isSuccessor() || restored.isOne(), restored.isOne())));
        management.count("cluster", () -> ClusterCounters.read(system, deaths));
        Parts parts = new Parts(settings.kernel().bootId(), owners, devices, incidents,
                link.tables().map(kernel -> new MirrorWaker(kernel, KernelBridge::nowMs)),
                new Reactivator(settings.nodeName(), settings.kernel().tablesCommand(),
                        uuid -> link.tables().flatMap(kernel -> kernel.deviceOf(uuid)), KernelBridge::nowMs));
        StartPart.await("the register of deaths", deaths.loaded());
        restored.declare(deaths);

        Machine machine = new Machine(settings.nodeName(), settings.kernel().bootId(), start, former);
        KernelLink.Opened kernel = link.open();
        ConnectorSocket socket = kernel.socket();
        try {
            // An owner decides as soon as it is there: what it finds of this machine's tables must be true by then.
            Backlog backlog = new Backlog(MOST_REQUESTS);
            served.places().records();
            RequestTimes times = times(system);
            ActorRef<KernelBridge.Message> bridge = restore(system, parts,
                    new Tables(machine, tuning(settings), records, link.tables()),
                    new KernelBridge.Replies(new ReplySender(socket), times, kernel.open(), backlog));
            served.places().free();
            tables.complete(bridge);
            owners.begin(ownerSettings(settings, journal, start), start);
            StartPart.await("the owners of logs", owners.warmUp(WARM_UP_TIMEOUT));
            bridge.tell(KernelBridge.Resend.INSTANCE);
            LogService service = new LogService(system, bridge, ReceiveLoop.start(socket, (request, from) -> {
                if (backlog.enter()) {
                    bridge.tell(new KernelBridge.Requested(request, from));
                }
            }, kernel.open()), () -> deathList.declared().contains(parts.incarnation()));
            service.watch(whenBroken);
            service.heedDeaths(deathList, parts.incarnation(), settings.fencing().reactivation());
            Fencing.start(system, policy(settings.fencing()), deaths, incarnation ->
                    deathList.declared().contains(incarnation));
            NodeStakes stakes = new NodeStakes(journal, owners, service::tables);
            StoppedNodes stopped = StoppedNodes.watch(system, deaths, stakes);
            OperatorActions actions = new OperatorActions(settings.nodeName(),
                    new OperatorActions.Nodes(deaths, stakes, stopped), owners,
                    new OperatorActions.Passing(new LogLevels((delay, task) -> system.scheduler().scheduleOnce(delay,
                            GoesOn.task("who ends what a room says for a while", task), system.executionContext()),
                            System::currentTimeMillis), ResyncOrders.start(system, stakes, owners),
                            embedded(settings, journal)));
            management.act(actions);
            RetirementSweep.start(system, journal, owners.retirements(), settings);
            management.readyWhen("this node " + NodeState.DEAD.says() + " (boot id " + parts.incarnation()
                    + "): not served before its machine has booted again", () -> !service.isDeclaredDead());
            service.answeredAtMs = KernelBridge.nowMs();
            management.aliveWhen("receive loop", service.loop::isWorking);
            management.aliveWhen("kernel bridge", service::hasPulse);
            management.readyWhen("the kernel's socket is not listened at", service.loop::isWorking);
            management.count("kernel", () -> KernelLink.counters(socket.meter().snapshot()));
            BiFunction<String, Long, LogDevices.Look> look =
                    (uuid, luid) -> devices.look(uuid, new InstanceId(parts.incarnation(), luid));
            management.show(new LocalLogs(settings.nodeName(), settings.kernel().bootId(), new LocalLogs.Sources(
                    service::tables, uuid -> owners.inspect(uuid, VIEW_TIMEOUT), look, owners::trouble, times.flushes(),
                    ASK_OWNERS), System::currentTimeMillis));
            ClusterHealth cluster = new ClusterHealth(system, deaths, stopped, service::isDeclaredDead);
            service.startHeartbeat(HealthWatch.start(system, new HealthWatch.Sources(new TableHealth(look)::of,
                    actions::nodes, cluster::look, cluster::nodes, journal::problem, heard::trouble), settings));
            return service;
        } catch (StartException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** What this machine's tables start from. */
    private record Tables(Machine machine, Tuning tuning, RecordDirectory records, Optional<KernelTables> kernel) { }

    private static OwnerSettings ownerSettings(Settings settings, Journal journal, long start) {
        return new OwnerSettings(DaemonName.of(settings.identity(), start), settings.kernel().bootId(),
                settings.clusterName(), new UUID(journal.id().high(), journal.id().low()),
                settings.newBootProvesDeath(), settings.adopt(), settings.fencing().reactivation(),
                settings.snapshotEvery(), settings.readBackEvery());
    }

    /** The bridge, with the tables that earlier starts have left; their devices are being opened. */
    private static ActorRef<KernelBridge.Message> restore(ActorSystem<Void> system, Parts parts, Tables tables,
            KernelBridge.Replies replies) throws StartException {
        CompletableFuture<Void> takenUp = new CompletableFuture<>();
        Optional<KernelTables.Listing> live = tables.kernel().flatMap(KernelTables::list);
        Behavior<KernelBridge.Message> behavior = KernelBridge.create(
                surroundings -> counted(system,
                        new Instances(tables.machine(), tables.tuning(), tables.records(), surroundings)),
                ports -> new TableSurroundings(parts, ports),
                instances -> {
                    try {
                        tables.records().takeUpAll(instances, KernelBridge.nowMs(), text -> LOG.warn("{}", text));
                        live.ifPresent(listing -> instances.compareWith(listing.uuids(), listing::mayName,
                                KernelBridge.nowMs()));
                        takenUp.complete(null);
                    } catch (IOException | RuntimeException e) {
                        takenUp.completeExceptionally(e);
                    }
                }, replies);
        ActorRef<KernelBridge.Message> bridge = system.systemActorOf(behavior, "kernel-bridge", HOT);
        StartPart.awaitDisk("the records of this machine's tables", takenUp);
        return bridge;
    }

    private static RequestTimes times(ActorSystem<Void> system) {
        RequestTimes times = new RequestTimes();
        ManagementPort.get(system.classicSystem()).timeRequests(() -> ServiceCounters.times(times));
        return times;
    }

    private static Instances counted(ActorSystem<Void> system, Instances instances) {
        ManagementPort.get(system.classicSystem()).count("tables", instances::costs);
        return instances;
    }

    /** Deaths reach the owners of this machine's logs, wherever they are; its own death silences it (D16). */
    private void heedDeaths(DeathList deaths, String incarnation, Optional<Duration> reactivation) {
        TableAnnouncer announcer = new TableAnnouncer(() -> bridge.tell(KernelBridge.Greet.INSTANCE),
                KernelBridge::nowMs,
                reactivation.orElse(Duration.ZERO));
        Runnable heed = () -> {
            if (deaths.declared().contains(incarnation)) {
                bridge.tell(KernelBridge.DeclaredDead.INSTANCE);
            } else {
                announcer.begin();
            }
        };
        deaths.watch(heed);
        LostMembers.watch(system, "lost-members", () -> {
            // Rounds whose owner was on that node are sent again soon, not when their time has come.
            bridge.tell(KernelBridge.Resend.INSTANCE);
            announcer.begin();
        });
        system.scheduler().scheduleWithFixedDelay(TableAnnouncer.EVERY, TableAnnouncer.EVERY,
                GoesOn.task("who greets owners", announcer::again), system.executionContext());
        if (!deaths.declared().isEmpty()) {
            heed.run();
        }
    }

    /**
     * All members and former ones that may use logs: none that is dead, nor whose machine has booted again since.
     */
    private static Map<String, String> nodes(DeathService deaths) {
        Map<String, String> nodes = new TreeMap<>();
        deaths.known().stream().filter(who -> !ENDED.contains(deaths.state(who, true)))
                .forEach(who -> nodes.put(who.incarnation(), who.node()));
        return nodes;
    }

    /** The journal that is in the data directory; empty if it is none of those. */
    private static Optional<String> embedded(Settings settings, Journal journal) {
        return settings.isEmbedded() ? Optional.of(journal.id().toString()) : Optional.empty();
    }

    private static FencingPolicy policy(FencingSettings settings) {
        switch (settings.mode()) {
            case COMMAND:
                return new FencingPolicy.Commanded(new FenceCommand(settings.commandLine(), settings.timeout()),
                        settings.attempts(), settings.retryAfter());
            case DOWNING_IS_FENCING:
                return new FencingPolicy.DowningIsFencing(settings.bound());
            default:
                return new FencingPolicy.Manual();
        }
    }

    private static Journal openJournal(ActorSystem<Void> system) throws StartException {
        try {
            return JournalExtension.get(system).journal();
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw new StartException("the journal cannot be opened: " + e.getMessage(), e);
        }
    }

    private static Tuning tuning(Settings settings) {
        return new Tuning(settings.lazyClear().toMillis(), settings.rounds().retryAfter().toMillis(),
                settings.rounds().askHeldAgainAfter().toMillis()).within(Runtime.getRuntime().maxMemory())
                .saying(settings.kernel().lvm().statusWord());
    }

    private void watch(Runnable whenBroken) {
        system.systemActorOf(Behaviors.<Void>setup(context -> {
            context.watch(bridge);
            return Behaviors.receive(Void.class).onSignal(Terminated.class, signal -> {
                if (!isClosing) {
                    whenBroken.run();
                }
                return Behaviors.stopped();
            }).build();
        }), "kernel-bridge-watch", DispatcherSelector.defaultDispatcher());
    }

    /** Asks the bridge for its tables now and then, a sign of life: its thread also runs the owners. */
    private void startHeartbeat(HealthWatch health) {
        system.scheduler().scheduleWithFixedDelay(Duration.ZERO, PULSE,
                GoesOn.task("who feels the pulse", () -> tables().whenComplete((tables, failure) -> {
                    if (failure == null) {
                        answeredAtMs = KernelBridge.nowMs();
                    }
                    health.look(tables, failure);
                })), system.executionContext());
    }

    private boolean hasPulse() {
        return KernelBridge.nowMs() - answeredAtMs < LONGEST_SILENCE.toMillis();
    }

    ActorRef<KernelBridge.Message> bridge() {
        return bridge;
    }

    /** Whether this kernel was declared dead: then none of its tables is served. */
    boolean isDeclaredDead() {
        return isDeclaredDead.getAsBoolean();
    }

    /** All tables of this machine, as the bridge has them now. */
    CompletionStage<List<TableView>> tables() {
        return AskPattern.ask(bridge, KernelBridge.Show::new, VIEW_TIMEOUT, system.scheduler());
    }

    /** Takes no further request. The tables and their owners end with the node. */
    @Override
    public void close() {
        isClosing = true;
        loop.close();
    }
}
