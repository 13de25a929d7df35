package org.mirrorlog.management;

import akka.actor.AbstractExtensionId;
import akka.actor.ActorSystem;
import akka.actor.ExtendedActorSystem;
import akka.actor.Extension;
import akka.actor.ExtensionIdProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.mirrorlog.health.EventBook;
import org.mirrorlog.health.HealthBook;

/**
 * Where root hands this room what it shows: one port per actor system, an Akka extension because Akka Management
 * creates the routes and checks by class name and passes them nothing but the system.
 *
 * <p>All methods may be called from any thread. Conditions and counters are read on every HTTP request: they must be
 * cheap, must not block and must not throw.
 */
public final class ManagementPort implements Extension {
    private final Map<String, BooleanSupplier> readiness = new ConcurrentSkipListMap<>();
    private final List<Supplier<Optional<String>>> problems = new CopyOnWriteArrayList<>();
    private final Map<String, BooleanSupplier> liveness = new ConcurrentSkipListMap<>();
    private final Map<String, Supplier<Map<String, Long>>> counters = new ConcurrentSkipListMap<>();
    private volatile Supplier<List<DurationsView>> requestTimes = List::of;
    private volatile Supplier<List<DurationsView>> forcedWriteTimes = List::of;
    private final Map<String, Supplier<?>> inside = new ConcurrentSkipListMap<>();
    private volatile LogViews views;
    private volatile Supplier<HealthBook.Report> health = () -> new HealthBook.Report(0, List.of());
    private volatile EventBook events = new EventBook(() -> 0);
    private volatile Actions actions;
    private volatile boolean opened;
    private volatile int mostMeasuredLogs = Integer.MAX_VALUE;
    private volatile String operatorSocket = "";

    private ManagementPort() {
    }

    /** The port of this actor system. */
    public static ManagementPort get(ActorSystem system) {
        return Id.INSTANCE.get(system);
    }

    /** From now on logs are shown from these views; before, asking for logs is answered with 503. */
    public void show(LogViews logViews) {
        views = Objects.requireNonNull(logViews, "logViews");
    }

    /** From now on health is told from these reports; before, nobody has looked. */
    public void showHealth(Supplier<HealthBook.Report> reports) {
        health = Objects.requireNonNull(reports, "reports");
    }

    HealthBook.Report health() {
        return health.get();
    }

    /** What happens is taken down here from now on, and shown from there; whatever was before is forgotten. */
    public void keepEvents(EventBook book) {
        events = Objects.requireNonNull(book, "book");
    }

    /** Where what happens is taken down. */
    public EventBook events() {
        return events;
    }

    /** From now on actions are done by these; before, asking for one is answered with 503. */
    public void act(Actions whatOperatorsMayDo) {
        actions = Objects.requireNonNull(whatOperatorsMayDo, "whatOperatorsMayDo");
    }

    /** Where actions are asked for: told to who asks for them elsewhere. */
    public void takeOrdersAt(String path) {
        operatorSocket = Objects.requireNonNull(path, "path");
    }

    String operatorSocket() {
        return operatorSocket;
    }

    /** A page of what is inside of this program, for operators only: {@code /mirrorlog/inside/NAME}. */
    public void tellOperators(String name, Supplier<?> document) {
        inside.put(name, Objects.requireNonNull(document, "document"));
    }

    Map<String, Supplier<?>> inside() {
        return inside;
    }

    /** Adds a condition for {@code /ready}; the complaint is what the answer lists while it does not hold. */
    public void readyWhen(String complaint, BooleanSupplier condition) {
        readiness.put(complaint, Objects.requireNonNull(condition, "condition"));
    }

    /** Adds a condition for {@code /ready} that says by itself why it does not hold. */
    public void readyUnless(Supplier<Optional<String>> problem) {
        problems.add(Objects.requireNonNull(problem, "problem"));
    }

    /** Adds a condition for {@code /alive}. */
    public void aliveWhen(String name, BooleanSupplier condition) {
        liveness.put(name, Objects.requireNonNull(condition, "condition"));
    }

    /** Adds a group of counters: shown as {@code group.counter} by {@code GET /mirrorlog/counters}. */
    public void count(String group, Supplier<Map<String, Long>> values) {
        counters.put(group, Objects.requireNonNull(values, "values"));
    }

    /** How long requests of the kernel took, by type; shown by {@code GET /metrics}. */
    public void timeRequests(Supplier<List<DurationsView>> times) {
        requestTimes = Objects.requireNonNull(times, "times");
    }

    /** How long the journal took to write and force a commit. */
    public void timeForcedWrites(Supplier<List<DurationsView>> times) {
        forcedWriteTimes = Objects.requireNonNull(times, "times");
    }

    List<DurationsView> requestTimes() {
        return requestTimes.get();
    }

    List<DurationsView> forcedWriteTimes() {
        return forcedWriteTimes.get();
    }

    /** So many logs are measured one by one, the others together; as long as nobody says otherwise all are. */
    public void measureLogs(int most) {
        mostMeasuredLogs = most;
    }

    int mostMeasuredLogs() {
        return mostMeasuredLogs;
    }

    /** Says that every readiness condition has been added; until then the node is not ready. */
    public void open() {
        opened = true;
    }

    /** Where logs are shown from; empty before. */
    public Optional<LogViews> views() {
        return Optional.ofNullable(views);
    }

    Optional<Actions> actions() {
        return Optional.ofNullable(actions);
    }

    /** Complaints of the readiness conditions that do not hold now, or what they say themselves. */
    public List<String> unready() {
        List<String> names = failing(readiness);
        problems.forEach(problem -> problem.get().ifPresent(names::add));
        if (!opened) {
            names.add("still starting");
        }
        return names;
    }

    /** Names of the liveness conditions that do not hold now. */
    List<String> dead() {
        return failing(liveness);
    }

    Map<String, Long> counters() {
        Map<String, Long> all = new TreeMap<>();
        counters.forEach((group, values) ->
                values.get().forEach((name, value) -> all.put(group + "." + name, value)));
        return all;
    }

    private static List<String> failing(Map<String, BooleanSupplier> conditions) {
        List<String> names = new ArrayList<>();
        conditions.forEach((name, condition) -> {
            if (!condition.getAsBoolean()) {
                names.add(name);
            }
        });
        return names;
    }

    private static final class Id extends AbstractExtensionId<ManagementPort> implements ExtensionIdProvider {
        static final Id INSTANCE = new Id();

        @Override
        public ManagementPort createExtension(ExtendedActorSystem system) {
            return new ManagementPort();
        }

        @Override
        public Id lookup() {
            return INSTANCE;
        }
    }
}
