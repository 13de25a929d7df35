package org.mirrorlog.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.NodeState;
import org.mirrorlog.fencing.DeathService;
import org.mirrorlog.fencing.StillConnectedException;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Retirement;
import org.mirrorlog.logging.Failures;
import org.mirrorlog.management.ActionRefusedException;
import org.mirrorlog.management.Actions;
import org.mirrorlog.management.BackupView;
import org.mirrorlog.management.DeathView;
import org.mirrorlog.management.DrainView;
import org.mirrorlog.management.NodeView;
import org.mirrorlog.management.ResyncView;
import org.mirrorlog.management.RetirementView;
import org.mirrorlog.management.UnusedView;
import org.mirrorlog.owner.Death;
import org.mirrorlog.owner.Draining;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators do over HTTP, put together from the register of deaths, the members of the cluster and the owners of
 * logs. Thread-safe; nothing blocks.
 */
public final class OperatorActions implements Actions {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorActions.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** More is asked for again. */
    private static final int MOST_LISTED = 200;

    private final String node;
    private final DeathService deaths;
    private final LogSharding owners;
    private final NodeStakes stakes;
    private final StoppedNodes stopped;

    private final LogLevels levels;
    private final ResyncOrders resyncs;
    private final String journal;
    private final Optional<String> insteadOfBackup;

    /** What is known of nodes. */
    public record Nodes(DeathService deaths, NodeStakes stakes, StoppedNodes stopped) { }

    /**
     * What is ordered for a while, and what it is ordered of.
     *
     * @param journal its identity
     * @param insteadOfBackup why it cannot be backed up by us, and what is done instead; empty: it can
     */
    public record Passing(LogLevels levels, ResyncOrders resyncs, String journal, Optional<String> insteadOfBackup) { }

    public OperatorActions(String node, Nodes nodes, LogSharding owners, Passing passing) {
        this.levels = passing.levels();
        this.resyncs = passing.resyncs();
        this.journal = passing.journal();
        this.insteadOfBackup = passing.insteadOfBackup();
        this.node = node;
        this.deaths = nodes.deaths();
        this.stakes = nodes.stakes();
        this.stopped = nodes.stopped();
        this.owners = owners;
    }

    @Override
    public CompletionStage<List<DeathView>> deaths() {
        return deaths.declared().thenApply(OperatorActions::views);
    }

    private static List<DeathView> views(Collection<Death> deaths) {
        return deaths.stream().map(death -> new DeathView(death.incarnation(), death.node(),
                Instant.ofEpochMilli(death.declaredAtMs()).toString(), death.by())).toList();
    }

    @Override
    public CompletionStage<List<NodeView>> nodes() {
        return stakes.here().thenApply(logs -> runs(logs).values().stream().map(who -> view(who, logs)).toList());
    }

    @Override
    public CompletionStage<List<NodeView>> candidates(String nodeOrBootId) {
        return stakes.everywhere().thenCombine(deaths.declared(), (logs, declared) -> {
            Map<String, NodeIdentity> runs = runs(logs);
            declared.forEach(death -> runs.putIfAbsent(death.incarnation(),
                    new NodeIdentity(death.node(), death.incarnation())));
            List<NodeView> named = runs.values().stream()
                    .filter(who -> who.node().equals(nodeOrBootId) || who.incarnation().equals(nodeOrBootId))
                    .map(who -> view(who, logs)).toList();
            if (named.isEmpty()) {
                throw unknown("node or boot id " + nodeOrBootId);
            }
            return named;
        });
    }

    private ActionRefusedException unknown(String what) {
        return ActionRefusedException.unknown("no " + what + " is known to node " + node
                + ": it knows the members since its start, who takes part in logs, and who was declared dead;"
                + " mirrorlogctl nodes lists them");
    }

    @Override
    public CompletionStage<List<DeathView>> confirmDeath(List<String> bootIds, boolean isPowerOff) {
        return dying(bootIds, isPowerOff).thenCompose(dying -> deaths.declare(dying, "operator at " + node))
                .handle((declared, failure) -> {
                    if (failure == null) {
                        return views(declared.stream().filter(death -> bootIds.contains(death.incarnation())).toList());
                    }
                    Throwable cause = Failures.cause(failure);
                    throw cause instanceof StillConnectedException
                            ? ActionRefusedException.conflict(cause.getMessage()
                                    + "; power the machine off first: its kernel may write without its daemon, too")
                            : new CompletionException(cause);
                });
    }

    /**
     * Who was a member is known here, at once: mirrors wait for it. Of others only the logs know; and so they have to
     * be asked where nobody has said that the machine is off.
     */
    private CompletionStage<List<NodeIdentity>> dying(List<String> bootIds, boolean isPowerOff) {
        Map<String, NodeIdentity> members = deaths.known().stream()
                .collect(Collectors.toMap(NodeIdentity::incarnation, who -> who));
        if (isPowerOff && members.keySet().containsAll(bootIds)) {
            return CompletableFuture.completedStage(bootIds.stream().map(members::get).toList());
        }
        return stakes.everywhere().thenApply(logs -> {
            Map<String, NodeIdentity> runs = runs(logs);
            List<NodeIdentity> dying = bootIds.stream().map(bootId -> Optional.ofNullable(runs.get(bootId))
                    .orElseThrow(() -> unknown("boot id " + bootId))).toList();
            dying.stream().map(who -> view(who, logs)).filter(run -> run.isPowerOffNeeded() && !isPowerOff)
                    .findFirst().ifPresent(run -> {
                        throw ActionRefusedException.conflict(mayWrite(run));
                    });
            return dying;
        });
    }

    private static String mayWrite(NodeView run) {
        return "node " + run.node() + " (boot id " + run.bootId() + ") " + run.says() + ": its kernel goes on writing"
                + " without its daemon" + (run.writable().isEmpty() ? "" : ", to the mirrors of " + run.writable())
                + (run.silentLogs().isEmpty() ? "" : "; not known for " + run.silentLogs())
                + ". Nothing was done; once you have seen that the machine is off, or cut off from the disks, say so"
                + " (powerIsOff, mirrorlogctl fence-confirm --power-is-off)";
    }

    @Override
    public CompletionStage<Void> adopt(String uuid, boolean isForced) {
        return stakes.used().thenCompose(used -> {
            if (!used.contains(uuid)) {
                throw ActionRefusedException.unknown("no table of node " + node + " uses a log " + uuid
                        + ": ask a node that uses it; nothing was done");
            }
            return owners.adopt(uuid, isForced, TIMEOUT);
        }).thenApply(state -> {
            if (state.adoption().filter(Adoption::isFresh).isEmpty()) {
                throw ActionRefusedException.conflict("log " + uuid + " is in use and nobody is held; to adopt it would"
                        + " cost a resync of all its " + state.regionCount() + " regions, and the suspension of every"
                        + " mirror that uses it. Nothing was done; if it is meant, add --even-if-healthy");
            }
            return null;
        });
    }

    @Override
    public CompletionStage<UnusedView> unused() {
        return stakes.notUsedHere(OperatorActions::retirement).thenApply(found -> {
            List<RetirementView> logs = new ArrayList<>();
            List<String> silent = new ArrayList<>();
            found.forEach((uuid, view) -> {
                if (view.isEmpty()) {
                    silent.add(uuid);
                } else if (view.get().tables().isEmpty() && view.get().user() == null) {
                    logs.add(view.get());
                }
            });
            return new UnusedView(logs.stream().limit(MOST_LISTED).toList(), silent, logs.size() > MOST_LISTED);
        });
    }

    @Override
    public CompletionStage<String> setLogLevel(String room, String level, Duration time) {
        try {
            return CompletableFuture.completedStage(levels.set(room, level, time));
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedStage(ActionRefusedException.wrong(e.getMessage()));
        }
    }

    @Override
    public CompletionStage<BackupView> backup() {
        if (insteadOfBackup.isPresent()) {
            return CompletableFuture.failedStage(ActionRefusedException.conflict("the journal of node " + node + ' '
                    + insteadOfBackup.get()));
        }
        return stakes.everywhere().thenCombine(deaths.declared(), (logs, declared) -> {
            if (!logs.silent().isEmpty()) {
                throw ActionRefusedException.conflict("some logs cannot be read now, such as "
                        + logs.silent().iterator().next() + ": no backup would be whole now");
            }
            Map<String, NodeIdentity> runs = runs(logs);
            declared.forEach(death -> runs.remove(death.incarnation()));
            return new BackupView(1, Instant.now().toString(), node, journal, views(declared),
                    runs.values().stream().map(who -> new BackupView.Run(who.incarnation(), who.node())).toList(),
                    List.copyOf(logs.shares().keySet()));
        });
    }

    @Override
    public CompletionStage<DrainView> drain(boolean isUndone) {
        Draining draining = owners.draining();
        if (!isUndone && draining.isAlone()) {
            return CompletableFuture.failedStage(ActionRefusedException.conflict("no other node is an Up member of the"
                    + " cluster within reach of node " + node + ": nobody could take a log; nothing was done"));
        }
        draining.set(!isUndone);
        return drained();
    }

    @Override
    public CompletionStage<ResyncView> resync(String uuid, Resync order) {
        return stakes.used().thenCompose(used -> {
            if (!used.contains(uuid) && order != Resync.RESUME) {
                throw ActionRefusedException.unknown("no table of node " + node + " uses a log " + uuid
                        + ": ask a node that uses it; nothing was done");
            }
            owners.pauseResync(uuid, 0).ifPresent(tooOld -> {
                throw ActionRefusedException.conflict(tooOld + ", which knows no pauses; nothing was done");
            });
            switch (order) {
                case PAUSE -> resyncs.pause(uuid);
                case RESUME -> resyncs.resume(uuid);
                default -> resyncs.putFirst(uuid);
            }
            resyncs.tick();
            return resyncs();
        });
    }

    @Override
    public CompletionStage<ResyncView> resyncs() {
        ResyncOrders.Orders now = resyncs.now();
        return CompletableFuture.completedStage(new ResyncView(now.paused(), now.first().orElse(null)));
    }

    @Override
    public CompletionStage<DrainView> drained() {
        Draining draining = owners.draining();
        boolean isOn = draining.isOn();
        List<DrainView.Log> logs = draining.here().entrySet().stream().map(log -> new DrainView.Log(log.getKey(),
                isOn && log.getValue().isMoving(), isOn ? log.getValue().why() : "")).toList();
        int moving = (int) logs.stream().filter(DrainView.Log::isMoving).count();
        return CompletableFuture.completedStage(new DrainView(node, isOn, moving, logs.size() - moving,
                logs.stream().limit(MOST_LISTED).toList()));
    }

    @Override
    public CompletionStage<RetirementView> retirement(String uuid) {
        return owners.retirements().look(uuid).thenApply(state -> {
            if (state.number() <= 1 && state.geometry().isEmpty()) {
                throw ActionRefusedException.unknown("the journal knows nothing of log " + uuid);
            }
            return retirement(uuid, state);
        });
    }

    private static RetirementView retirement(String uuid, LogState state) {
        List<String> tables = state.members().entrySet().stream().map(entry -> "node " + entry.getValue().node()
                + " (boot id " + entry.getKey().incarnation() + ")").distinct().toList();
        return new RetirementView(uuid, state.number() - 1, state.regionCount(), state.dirty().size(),
                Retirement.isLossless(state), tables, Retirement.user(state).orElse(null));
    }

    @Override
    public CompletionStage<Void> retire(String uuid) {
        return retirement(uuid).thenCompose(known -> {
            LOG.warn("log {}: to be retired, says the operator", uuid);
            return owners.retirements().retire(uuid);
        }).handle((state, failure) -> {
            if (failure == null) {
                LOG.info("log {}: retired, {}", uuid, state.dirty().isEmpty() ? "clean" : "all dirty");
                return null;
            }
            Throwable cause = Failures.cause(failure);
            throw cause instanceof IllegalStateException ? ActionRefusedException.conflict("log " + uuid + ": "
                    + cause.getMessage()) : new CompletionException(cause);
        });
    }

    // --- who is known ---------------------------------------------------------------------------------------------

    /** Members, former members, and whoever the logs count on. */
    private Map<String, NodeIdentity> runs(NodeStakes.Logs logs) {
        Map<String, NodeIdentity> runs = new LinkedHashMap<>();
        logs.shares().values().forEach(shares -> shares.forEach((bootId, share) ->
                runs.putIfAbsent(bootId, new NodeIdentity(share.node(), bootId))));
        deaths.known().forEach(who -> runs.put(who.incarnation(), who));
        return runs;
    }

    private NodeView view(NodeIdentity who, NodeStakes.Logs logs) {
        String bootId = who.incarnation();
        Map<String, NodeStakes.Share> shares = new TreeMap<>();
        logs.shares().forEach((uuid, all) -> Optional.ofNullable(all.get(bootId)).ifPresent(share ->
                shares.put(uuid, share)));
        Set<String> writable = new TreeSet<>(deaths.isConnected(bootId) ? Set.of() : stopped.writable(bootId));
        shares.forEach((uuid, share) -> {
            if (share.mayWrite()) {
                writable.add(uuid);
            }
        });
        boolean mayWrite = !writable.isEmpty() || !logs.silent().isEmpty();
        NodeState state = deaths.state(who, mayWrite);
        long silentSinceMs = deaths.silentSinceMs(bootId);
        return new NodeView(bootId, who.node(), state.word(), deaths.says(who, state),
                silentSinceMs == 0 ? null : Instant.ofEpochMilli(silentSinceMs).toString(), deaths.isConnected(bootId),
                state == NodeState.DEAD, state.isSilent() && mayWrite, List.copyOf(shares.keySet()),
                List.copyOf(writable),
                shares.values().stream().mapToLong(NodeStakes.Share::marks).sum(),
                new NodeView.Lost(shares.values().stream().mapToLong(NodeStakes.Share::lost).sum(),
                        (int) shares.values().stream().filter(share -> share.lost() > 0).count()),
                List.copyOf(logs.silent()), deaths.release(bootId).orElse(null));
    }
}
