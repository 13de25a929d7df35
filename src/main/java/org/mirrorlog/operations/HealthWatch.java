package org.mirrorlog.operations;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.mirrorlog.cluster.GoesOn;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.health.ClockLook;
import org.mirrorlog.health.Concern;
import org.mirrorlog.health.DiskLook;
import org.mirrorlog.health.HealthBook;
import org.mirrorlog.health.HealthCode;
import org.mirrorlog.health.NewsLook;
import org.mirrorlog.health.ProgressLook;
import org.mirrorlog.instance.TableView;
import org.mirrorlog.kernel.KernelBridge;
import org.mirrorlog.logging.Defects;
import org.mirrorlog.logging.Failures;
import org.mirrorlog.management.LogView;
import org.mirrorlog.management.LogViews;
import org.mirrorlog.management.ManagementPort;
import org.mirrorlog.management.NodeView;
import org.mirrorlog.membership.TlsFiles;
import org.mirrorlog.settings.ClusterSettings;
import org.mirrorlog.settings.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at everything that may be wrong whenever it is told of the tables, and has the {@link HealthBook} keep it. What
 * may take long, a disk or the owners of thousands of logs, is looked at by itself and more rarely, and nothing else
 * waits for it. Thread-safe.
 */
public final class HealthWatch {
    private static final Logger LOG = LoggerFactory.getLogger(HealthWatch.class);
    private static final Duration RARELY = Duration.ofSeconds(10);
    /** To ask an owner takes some microseconds of the thread that serves kernels: a thousandth of it is enough. */
    private static final long EACH_LOG_MS = 20;

    private final HealthBook book = new HealthBook();
    private final Sources sources;
    private final ManagementPort port;
    private final EventWatch events;
    private final ClockLook clock;
    private final ProgressLook progress = new ProgressLook(KernelBridge::nowMs);
    private final DefectLook defects = new DefectLook(Defects.HERE, KernelBridge::nowMs);
    private final List<Supplier<List<Concern>>> disks;
    private final AtomicBoolean isAtDisks = new AtomicBoolean();
    private final AtomicBoolean isAtLogs = new AtomicBoolean();
    private volatile List<Concern> ofDisks = List.of();
    private volatile List<Concern> ofLogs = List.of();
    private volatile Map<String, Instant> certificateEnds = Map.of();
    private volatile long logsAgainAtMs = Long.MIN_VALUE;
    /** What was wrong when all could be looked at. */
    private List<Concern> last = List.of();
    private String untold = "";

    /**
     * Whom it asks.
     *
     * @param ofTables what is wrong with the tables of this machine
     * @param nodes the runs of machines' kernels that are known, by whom uses the logs as well
     * @param cluster what is wrong with it, and with this node as its member
     * @param states how those runs are that this node knows by itself
     * @param journal why no log can commit, if none can
     * @param heard why what was heard of logs cannot be kept; "" if it can
     */
    public record Sources(Function<List<TableView>, List<Concern>> ofTables,
            Supplier<CompletionStage<List<NodeView>>> nodes,
            Supplier<List<Concern>> cluster, Supplier<Map<String, NewsLook.State>> states,
            Supplier<Optional<String>> journal, Supplier<String> heard) { }

    private HealthWatch(ManagementPort port, Sources sources, Settings settings) {
        this.port = port;
        this.sources = sources;
        this.events = new EventWatch(port.events(), settings.nodeName(), sources.states());
        this.clock = new ClockLook(System::currentTimeMillis, KernelBridge::nowMs);
        this.disks = List.of(new DiskLook(settings.dataDir())::look,
                () -> settings.cluster().tls().map(this::lookAtCertificates).orElse(List.of()));
        port.count("certificates", this::secondsLeft);
    }

    /** From now on; the management port shows it. */
    public static HealthWatch start(ActorSystem<?> system, Sources sources, Settings settings) {
        ManagementPort port = ManagementPort.get(system.classicSystem());
        HealthWatch watch = new HealthWatch(port, sources, settings);
        system.scheduler().scheduleWithFixedDelay(Duration.ZERO, RARELY,
                GoesOn.task("who looks at disks", watch::lookAtDisks),
                system.dispatchers().lookup(DispatcherSelector.blocking()));
        system.scheduler().scheduleWithFixedDelay(RARELY, RARELY,
                GoesOn.task("who looks at the health of logs", watch::lookAtLogs), system.executionContext());
        port.showHealth(watch::report);
        return watch;
    }

    /**
     * To be told every few seconds; one call at a time.
     *
     * @param tables all tables of this machine; null where they could not be read
     * @param failure why not
     */
    public synchronized void look(List<TableView> tables, Throwable failure) {
        try {
            if (failure == null) {
                events.look(tables);
            }
            last = failure == null ? all(sources.ofTables().apply(tables))
                    : all(List.of(new Concern(HealthCode.NOT_READY, "this node",
                            "its tables cannot be read: " + Failures.cause(failure).getMessage())));
            port.events().addAll(book.look(last, System.currentTimeMillis()));
            untold = "";
        } catch (RuntimeException e) {
            notFoundOut(e.toString());
        }
    }

    /** What is known; of the journal, what is so at the moment of the question. */
    private synchronized HealthBook.Report report() {
        HealthBook.Report known = book.report();
        Optional<Concern> journal = journal();
        if (known.lookedAtMs() == 0 || journal.map(Concern::code).equals(
                last.stream().filter(HealthWatch::isOfJournal).map(Concern::code).findFirst())) {
            return known;
        }
        last = Stream.concat(last.stream().filter(concern -> !isOfJournal(concern)), journal.stream()).toList();
        port.events().addAll(book.look(last, System.currentTimeMillis()));
        return book.report();
    }

    private static boolean isOfJournal(Concern concern) {
        return concern.code() == HealthCode.JOURNAL_FULL || concern.code() == HealthCode.JOURNAL_FAILS;
    }

    private Optional<Concern> journal() {
        return sources.journal().get().map(why ->
                new Concern(isFull(why) ? HealthCode.JOURNAL_FULL : HealthCode.JOURNAL_FAILS, "this node", why));
    }

    /** What was wrong before is not over because nobody can tell. */
    private void notFoundOut(String why) {
        if (!why.equals(untold)) {
            untold = why;
            LOG.warn("how healthy this node is was not found out: {}", why);
        }
        List<Concern> known = new ArrayList<>(last);
        known.add(new Concern(HealthCode.DEFECT, "the look at this node's health", why));
        port.events().addAll(book.look(known, System.currentTimeMillis()));
    }

    private List<Concern> all(List<Concern> ofTables) {
        List<Concern> all = new ArrayList<>(ofTables);
        all.addAll(sources.cluster().get());
        journal().ifPresent(all::add);
        if (!sources.heard().get().isEmpty()) {
            all.add(new Concern(HealthCode.HEARD_NOT_KEPT, "this node", sources.heard().get()));
        }
        boolean isExplained = all.stream().anyMatch(concern -> concern.code() == HealthCode.DECLARED_DEAD_BUT_RUNS
                || isOfJournal(concern) || concern.code() == HealthCode.NOT_READY);
        List<String> unready = port.unready();
        if (!isExplained && !unready.isEmpty()) {
            all.add(new Concern(HealthCode.NOT_READY, "this node", String.join(", ", unready)));
        }
        all.addAll(clock.look());
        all.addAll(defects.look());
        all.addAll(ofDisks);
        all.addAll(ofLogs);
        return all;
    }

    /** By the words of the system, and of PostgreSQL. */
    private static boolean isFull(String why) {
        String words = why.toLowerCase(Locale.ROOT);
        return Stream.of("no space left", "quota exceeded", "sqlstate 53100", "disk is full").anyMatch(words::contains);
    }

    private void lookAtDisks() {
        if (isAtDisks.compareAndSet(false, true)) {
            try {
                List<Concern> found = new ArrayList<>();
                disks.forEach(disk -> found.addAll(disk.get()));
                ofDisks = List.copyOf(found);
            } finally {
                isAtDisks.set(false);
            }
        }
    }

    private List<Concern> lookAtCertificates(ClusterSettings.Tls files) {
        TlsFiles.Found found = TlsFiles.look(files, Instant.now());
        certificateEnds = found.ends();
        return found.wrong();
    }

    private Map<String, Long> secondsLeft() {
        Map<String, Long> left = new TreeMap<>();
        certificateEnds.forEach((word, end) -> left.put("seconds." + word,
                Duration.between(Instant.now(), end).toSeconds()));
        return left;
    }

    private void lookAtLogs() {
        boolean isDue = KernelBridge.nowMs() >= logsAgainAtMs;
        Optional<LogViews> views = port.views();
        if (isDue && views.isPresent() && isAtLogs.compareAndSet(false, true)) {
            views.get().all().thenCombine(sources.nodes().get(), this::judge).handle((found, failure) -> {
                if (failure == null) {
                    ofLogs = found;
                }
                isAtLogs.set(false);
                return null;
            });
        }
    }

    private List<Concern> judge(List<LogView> logs, List<NodeView> nodes) {
        logsAgainAtMs = KernelBridge.nowMs() + EACH_LOG_MS * logs.size();
        events.lookAtLogs(logs);
        List<Concern> concerns = new ArrayList<>();
        nodes.stream().filter(node -> NodeState.UNDECIDED.word().equals(node.state())).forEach(node ->
                concerns.add(ClusterHealth.undecided(ClusterHealth.name(node.node(), node.bootId()), node.says(),
                        node.writable())));
        List<ProgressLook.Progress> inUse = new ArrayList<>();
        for (LogView log : logs) {
            if (log.trouble() != null) {
                concerns.add(new Concern(HealthCode.MIRROR_LOG_HELD, "log " + log.uuid(), "since "
                        + log.trouble().since() + ", " + log.trouble().count() + " times: " + log.trouble().why()));
            } else if (log.silent() != null) {
                concerns.add(new Concern(HealthCode.MIRROR_LOG_HELD, "log " + log.uuid(),
                        "its owner has been silent since " + log.silent().since() + ": " + log.silent().why()));
            } else if (EventWatch.isInUse(log)) {
                inUse.add(new ProgressLook.Progress(log.uuid(), log.inSync(), log.regionCount()));
            }
            if (log.logDevice() != null && !"A".equals(log.logDevice().health())) {
                concerns.add(new Concern(HealthCode.LOG_DEVICE_FAILED, "log " + log.uuid(), "the log device "
                        + log.logDevice().path() + " has failed (" + log.logDevice().health() + ")"));
            }
        }
        concerns.addAll(progress.look(inUse));
        return List.copyOf(concerns);
    }
}
