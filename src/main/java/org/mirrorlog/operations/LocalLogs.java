package org.mirrorlog.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.mirrorlog.cluster.DaemonName;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.kernel.FlushTimes;
import org.mirrorlog.log.InstanceId;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.RegionMap;
import org.mirrorlog.logging.Failures;
import org.mirrorlog.management.DeviceView;
import org.mirrorlog.management.InstanceView;
import org.mirrorlog.management.LogView;
import org.mirrorlog.management.LogViews;
import org.mirrorlog.management.MapView;
import org.mirrorlog.management.RequestView;
import org.mirrorlog.owner.LogDevices;
import org.mirrorlog.owner.OwnerBackoff;
import org.mirrorlog.protocol.LogSpec;

/**
 * The logs that tables of this machine use, put together from what the bridge knows of the tables and the owner of the
 * log. Each log answers for itself: one whose owner is silent is shown as that, with what its tables say.
 *
 * <p>Thread-safe; both sources answer asynchronously and within a bound of their own.
 */
public final class LocalLogs implements LogViews {
    private static final double MS_PER_S = 1_000;
    private static final String NOT_ASKED = "not asked: other logs have taken too long";

    private final String node;
    private final String incarnation;
    private final Sources sources;
    private final LongSupplier clockMs;
    /** Of the logs of this machine only. */
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();
    private final ResyncRates rates = new ResyncRates();

    /**
     * What was heard of a log's owner.
     *
     * @param owner name of the node where it ran when it answered, or null
     * @param silentSinceMs when it was asked first of all questions that it has not answered since; 0 while it answers
     * @param askedAtMs when it was asked last
     */
    private record Heard(String owner, long silentSinceMs, long askedAtMs) {
        static final Heard NOTHING = new Heard(null, 0, 0);

        boolean isAnswering() {
            return askedAtMs != 0 && silentSinceMs == 0;
        }

        Heard silent(long nowMs) {
            return new Heard(owner, silentSinceMs != 0 ? silentSinceMs : nowMs, nowMs);
        }
    }

    /**
     * Where what is shown comes from.
     *
     * @param tables all tables of this machine
     * @param owner what the owner of a log knows
     * @param devices the log device of a table, by uuid and luid
     * @param troubles what owners of a log have thrown on this node
     * @param flushes how long those of this machine's kernel took
     * @param askFor after so long no further owner is asked for a list of all logs
     */
    public record Sources(Supplier<CompletionStage<List<TableView>>> tables,
            Function<String, CompletionStage<LogState>> owner, BiFunction<String, Long, LogDevices.Look> devices,
            Function<String, Optional<OwnerBackoff.Trouble>> troubles, FlushTimes flushes, Duration askFor) { }

    /**
     * @param node name of this machine
     * @param incarnation boot id of its kernel
     * @param clockMs time of day, which is shown and decides nothing
     */
    public LocalLogs(String node, String incarnation, Sources sources, LongSupplier clockMs) {
        this.node = node;
        this.incarnation = incarnation;
        this.sources = sources;
        this.clockMs = clockMs;
    }

    @Override
    public CompletionStage<List<LogView>> all() {
        return sources.tables().get().thenCompose(tables -> {
            Map<String, List<TableView>> byLog = new TreeMap<>();
            tables.forEach(view -> byLog.computeIfAbsent(view.key().uuid(), uuid -> new ArrayList<>()).add(view));
            heard.keySet().retainAll(byLog.keySet());
            rates.keep(byLog.keySet());
            sources.flushes().keep(byLog.keySet());
            Map<String, Heard> before = Map.copyOf(heard);
            long nowMs = clockMs.getAsLong();
            return ask(byLog, before, true).thenCombine(ask(byLog, before, false), (running, others) ->
                    byLog.entrySet().stream().map(log -> Optional.ofNullable(running.get(log.getKey()))
                            .or(() -> Optional.ofNullable(others.get(log.getKey())))
                            .orElseGet(() -> silent(log.getValue(), heardOf(log.getKey(), before).silent(nowMs),
                                    NOT_ASKED))).toList());
        });
    }

    @Override
    public CompletionStage<List<String>> names() {
        return sources.tables().get().thenApply(tables -> tables.stream().map(table -> table.key().uuid()).distinct()
                .sorted().toList());
    }

    /** Those first that were not asked last time. Who has answered last time runs, most likely. */
    private CompletionStage<Map<String, LogView>> ask(Map<String, List<TableView>> byLog,
            Map<String, Heard> before, boolean isRunning) {
        List<String> uuids = byLog.keySet().stream().filter(uuid -> heardOf(uuid, before).isAnswering() == isRunning)
                .sorted(Comparator.comparing(uuid -> heardOf(uuid, before).askedAtMs())).toList();
        return Survey.of(uuids, isRunning ? Survey.RUNNING : Survey.STARTING, sources.askFor(),
                uuid -> view(byLog.get(uuid)));
    }

    private static Heard heardOf(String uuid, Map<String, Heard> before) {
        return before.getOrDefault(uuid, Heard.NOTHING);
    }

    @Override
    public CompletionStage<Optional<LogView>> one(String uuid) {
        return sources.tables().get().thenCompose(views -> {
            List<TableView> ofThisLog = views.stream().filter(view -> view.key().uuid().equals(uuid)).toList();
            return ofThisLog.isEmpty()
                    ? CompletableFuture.completedStage(Optional.empty())
                    : view(ofThisLog).thenApply(Optional::of);
        });
    }

    @Override
    public CompletionStage<Optional<MapView>> map(String uuid, MapView.Part part) {
        return sources.tables().get().thenCompose(views ->
                views.stream().noneMatch(view -> view.key().uuid().equals(uuid))
                        ? CompletableFuture.completedStage(Optional.empty())
                        : sources.owner().apply(uuid).thenApply(state -> Optional.of(map(uuid, state, part))));
    }

    private static MapView map(String uuid, LogState state, MapView.Part part) {
        long to = part.to() == 0 ? state.regionCount() : part.to();
        if (state.geometry().isEmpty() || part.from() >= to || to > state.regionCount() || part.cells() < 1) {
            throw new IllegalArgumentException("from=" + part.from() + ", to=" + to + ", cells=" + part.cells()
                    + ": the log has regions 0 to " + state.regionCount() + " (to is one more than the last), and there"
                    + " is one cell at least");
        }
        List<RegionMap.Cell> cells = RegionMap.of(state, part.from(), to,
                (int) Math.min(part.cells(), to - part.from())).cells();
        return new MapView(uuid, state.geometry().get().regionSizeSectors(), state.regionCount(), part.from(), to,
                list(cells, RegionMap.Cell::from), list(cells, RegionMap.Cell::clean),
                list(cells, RegionMap.Cell::held), list(cells, RegionMap.Cell::shared),
                list(cells, RegionMap.Cell::left), list(cells, RegionMap.Cell::unsynced),
                state.recovery().map(recovery -> recovery.region()).orElse(null),
                state.members().entrySet().stream().filter(member -> !member.getValue().marks().isEmpty())
                        .map(member -> new MapView.Holder(member.getValue().node(),
                                InstanceView.hex(member.getKey().luid()), member.getValue().marks().size())).toList());
    }

    private static List<Long> list(List<RegionMap.Cell> cells, ToLongFunction<RegionMap.Cell> count) {
        return cells.stream().mapToLong(count).boxed().toList();
    }

    private CompletionStage<LogView> view(List<TableView> ofOneLog) {
        String uuid = ofOneLog.get(0).key().uuid();
        long askedAtMs = clockMs.getAsLong();
        // Whatever goes wrong, and wherever, is this log's alone.
        return CompletableFuture.completedStage(uuid).thenCompose(sources.owner()).thenApply(state -> {
            LogView whole = view(ofOneLog, state);
            heard.put(uuid, new Heard(nodeOf(state), 0, askedAtMs));
            return whole.at(rates.look(whole, clockMs.getAsLong()).orElse(null));
        }).exceptionally(failure -> silent(ofOneLog, heard.merge(uuid, Heard.NOTHING.silent(askedAtMs),
                (before, now) -> before.silent(askedAtMs)), why(failure)))
                .thenApply(view -> sources.troubles().apply(uuid).map(trouble -> view.in(new LogView.Trouble(
                        trouble.why(), Instant.ofEpochMilli(trouble.sinceMs()).toString(), trouble.count())))
                        .orElse(view)).thenApply(view -> view.with(flushes(uuid)));
    }

    private LogView.Flushes flushes(String uuid) {
        return sources.flushes().of(uuid).map(look -> new LogView.Flushes(look.count(),
                look.p50Seconds().orElse(null), look.p99Seconds().orElse(null))).orElse(null);
    }

    private static String nodeOf(LogState state) {
        return state.owner().isEmpty() ? null : DaemonName.nodeOf(state.owner());
    }

    private LogView silent(List<TableView> tablesHere, Heard before, String why) {
        TableView newest = tablesHere.get(tablesHere.size() - 1);
        LogSpec spec = newest.spec();
        return new LogView(newest.key().uuid(), spec.type().word(), spec.regionSizeSectors(), spec.regionCount(), null,
                null, null, before.owner(), null, tablesHere.stream().map(this::instance).toList(),
                new LogView.Silence(Instant.ofEpochMilli(before.silentSinceMs()).toString(), why));
    }

    private static String why(Throwable failure) {
        Throwable cause = Failures.cause(failure);
        return cause instanceof TimeoutException ? "no answer in time" : String.valueOf(cause.getMessage());
    }

    /** The newest table says what the log looks like as long as no table has resumed; after that the owner does. */
    private LogView view(List<TableView> tablesHere, LogState state) {
        TableView newest = tablesHere.get(tablesHere.size() - 1);
        LogSpec spec = newest.spec();
        boolean isBorn = state.geometry().isPresent();
        return new LogView(newest.key().uuid(),
                state.geometry().map(geometry -> geometry.type()).orElse(spec.type()).word(),
                state.geometry().map(geometry -> geometry.regionSizeSectors()).orElse(spec.regionSizeSectors()),
                isBorn ? state.regionCount() : spec.regionCount(),
                state.syncCount(),
                isBorn ? state.dirty().size() : spec.regionCount(),
                state.recovery().map(recovery -> recovery.region()).orElse(null),
                nodeOf(state),
                spec.device().map(path -> device(path, tablesHere, state)).orElse(null),
                instances(tablesHere, state));
    }

    /** As the newest table has it; late as the latest of all. */
    private DeviceView device(String path, List<TableView> tablesHere, LogState state) {
        List<LogDevices.Look> looks = tablesHere.stream()
                .map(table -> sources.devices().apply(table.key().uuid(), table.key().luid())).toList();
        long lateMs = looks.stream().mapToLong(LogDevices.Look::lateMs).max().orElse(0);
        return new DeviceView(path, String.valueOf(state.health().letter()),
                looks.get(looks.size() - 1).status().word(), lateMs / 1_000);
    }

    private List<InstanceView> instances(List<TableView> tablesHere, LogState state) {
        List<InstanceView> all = new ArrayList<>();
        for (TableView table : tablesHere) {
            all.add(instance(table));
        }
        state.members().entrySet().stream()
                .filter(entry -> !entry.getKey().incarnation().equals(incarnation) && entry.getValue().isActive())
                .sorted(Comparator.comparing((Map.Entry<InstanceId, Member> entry) -> entry.getValue().node())
                        .thenComparing(entry -> entry.getKey().luid()))
                .forEach(entry -> all.add(InstanceView.of(entry.getValue().node(), entry.getKey().luid(), "active",
                        entry.getValue().marks().size())));
        return all;
    }

    @Override
    public CompletionStage<List<RequestView>> requests() {
        return sources.tables().get().thenApply(tables -> tables.stream()
                .flatMap(table -> table.waiting().stream().map(one -> new RequestView(table.key().uuid(),
                        InstanceView.hex(table.key().luid()), one.type().name(), one.forMs() / MS_PER_S, one.why())))
                .sorted(Comparator.comparing((RequestView one) -> -one.waitsForSeconds())).toList());
    }

    private InstanceView instance(TableView table) {
        InstanceView view = InstanceView.of(node, table.key().luid(), table.phase().name().toLowerCase(Locale.ROOT),
                table.marks()).waiting(table.waiting().size(),
                table.waiting().stream().mapToLong(TableView.Waiting::forMs).max().orElse(0) / MS_PER_S);
        return table.trouble().map(view::in).orElse(view);
    }
}
