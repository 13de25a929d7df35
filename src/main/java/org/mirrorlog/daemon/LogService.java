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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.mirrorlog.cluster.DaemonName;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.cluster.LostMembers;
import org.mirrorlog.dmsetup.KernelTables;
import org.mirrorlog.dmsetup.MirrorWaker;
import org.mirrorlog.dmsetup.Reactivator;
import org.mirrorlog.fencing.FenceCommand;
import org.mirrorlog.fencing.Fencing;
import org.mirrorlog.fencing.FencingPolicy;
import org.mirrorlog.instance.Instances;
import org.mirrorlog.instance.Machine;
import org.mirrorlog.instance.RecordDirectory;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.instance.Tuning;
import org.mirrorlog.journal.Journal;
import org.mirrorlog.kernel.Backlog;
import org.mirrorlog.kernel.ConnectorSocket;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.kernel.ReceiveLoop;
import org.mirrorlog.kernel.ReplySender;
import org.mirrorlog.kernel.RequestTimes;
import org.mirrorlog.logging.Incidents;
import org.mirrorlog.management.ManagementPort;
import org.mirrorlog.membership.Standing;
import org.mirrorlog.operations.HealthWatch;
import org.mirrorlog.operations.ServiceCounters;
import org.mirrorlog.owner.DeathList;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.OwnerSettings;
import org.mirrorlog.process.StartException;
import org.mirrorlog.process.StartPart;
import org.mirrorlog.process.Watchdog;
import org.mirrorlog.settings.FencingSettings;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything about logs, on a running node: journal, owners, log devices, this machine's tables, and last the way to
 * the kernel. Started and closed by one thread, which waits.
 */
final class LogService implements AutoCloseable {
    static final Logger LOG = LoggerFactory.getLogger(LogService.class);
    /** Far more than a kernel has under way; what does not fit is lost like a datagram, and comes again. */
    private static final int MOST_REQUESTS = 1 << 16;
    private static final Props HOT = Props.empty()
            .withDispatcherFromConfig("mirrorlog.dispatchers.hot");
    private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(60);
    static final Duration VIEW_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration PULSE = Duration.ofSeconds(2);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);

    private final ActorSystem<Void> system;
    private final ActorRef<KernelBridge.Message> bridge;
    private final Receiving receiving;
    private final BooleanSupplier isDeclaredDead;
    private final List<Watchdog.Loop> loops;
    private volatile boolean isClosing;
    private volatile long answeredAtMs = KernelBridge.nowMs();

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

    /** Where the kernel's requests come from. */
    private record Receiving(ReceiveLoop loop, ConnectorSocket socket, RequestTimes times) { }

    /** What tables are surrounded by. */
    record Parts(String incarnation, LogSharding owners, LogDevices devices, Incidents incidents,
                 Optional<MirrorWaker> waker, Reactivator reactivator) { }

    private LogService(Ground ground, ActorRef<KernelBridge.Message> bridge, Receiving receiving,
            BooleanSupplier isDeclaredDead) {
        this.isDeclaredDead = isDeclaredDead;
        this.system = ground.system();
        this.bridge = bridge;
        this.receiving = receiving;
        this.loops = TurningLoops.of(system, ground.journal(), receiving.loop(), bridge);
    }

    /**
     * Starts serving.
     *
     * @param served the kernel
     * @param whenBroken told once if what serves the tables ends by itself: nothing is answered any more
     * @throws StartException a part cannot start; what was started ends with the node
     */
    static LogService start(Settings settings, Node node, Served served, Runnable whenBroken) throws StartException {
        Ground ground = Ground.open(settings, node, served);
        MachineParts machine = MachineParts.start(ground);
        OwnerParts owners = OwnerParts.start(ground, machine);
        KernelLink.Opened kernel = served.link().open();
        try {
            LogService service = serve(ground, machine, owners, kernel);
            service.watch(whenBroken);
            service.heedDeaths(owners.declared(), owners.tables().incarnation(), settings.fencing().reactivation());
            Fencing.start(node.system(), policy(settings.fencing()), owners.deaths(), Standing.of(node.system(),
                    ground.journal().clusterRow().filter(row -> !settings.cluster().isAlone())));
            service.startHeartbeat(ServicePages.show(ground, machine, owners, service));
            return service;
        } catch (StartException | RuntimeException e) {
            kernel.socket().close();
            throw e;
        }
    }

    /** Tables, then owners, then the kernel's requests. */
    private static LogService serve(Ground ground, MachineParts local, OwnerParts owners, KernelLink.Opened kernel)
            throws StartException {
        Settings settings = ground.settings();
        Machine machine = new Machine(settings.nodeName(), settings.kernel().bootId(), local.start(), owners.former());
        // An owner decides as soon as it is there: what it finds of this machine's tables must be true by then.
        Backlog backlog = new Backlog(MOST_REQUESTS);
        ground.served().places().records();
        RequestTimes times = times(ground.system());
        ActorRef<KernelBridge.Message> bridge = restore(ground.system(), owners.tables(),
                new Tables(machine, tuning(settings), local.records(), ground.served().link().tables()),
                new KernelBridge.Replies(new ReplySender(kernel.socket()), times, kernel.open(), backlog));
        ground.served().places().free();
        owners.bridge().complete(bridge);
        LogSharding sharding = owners.tables().owners();
        sharding.begin(ownerSettings(settings, ground.journal(), local.start()), local.start());
        StartPart.await("the owners of logs", sharding.warmUp(WARM_UP_TIMEOUT));
        bridge.tell(KernelBridge.Resend.INSTANCE);
        ReceiveLoop loop = ReceiveLoop.start(kernel.socket(), (request, from) -> {
            if (backlog.enter()) {
                bridge.tell(new KernelBridge.Requested(request, from));
            }
        }, kernel.open());
        return new LogService(ground, bridge, new Receiving(loop, kernel.socket(), times),
                () -> owners.deaths().isDeclared(owners.tables().incarnation()));
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
                    } catch (IOException | RuntimeException | Error e) {
                        takenUp.completeExceptionally(e);
                    }
                }, replies);
        system.getWhenTerminated().thenRun(() -> takenUp.completeExceptionally(
                new IllegalStateException("the actor system has ended")));
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

    /** Whether the bridge, and with it the owners' thread, has answered lately. */
    boolean hasPulse() {
        return KernelBridge.nowMs() - answeredAtMs < LONGEST_SILENCE.toMillis();
    }

    /** Whether the kernel is listened to. */
    boolean isReceiving() {
        return receiving.loop().isWorking();
    }

    /** How long requests have taken so far. */
    RequestTimes times() {
        return receiving.times();
    }

    /** Datagrams so far, by what became of them. */
    Map<String, Long> datagrams() {
        return KernelLink.counters(receiving.socket().meter().snapshot());
    }

    ActorRef<KernelBridge.Message> bridge() {
        return bridge;
    }

    /** What has to turn while it serves. */
    List<Watchdog.Loop> loops() {
        return loops;
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
        receiving.loop().close();
    }
}
