package org.mirrorlog;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.mirrorlog.cluster.DeathService;
import org.mirrorlog.cluster.LogSharding;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.StillConnectedException;
import org.mirrorlog.instance.Instances;
import org.mirrorlog.log.Adoption;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.Member;
import org.mirrorlog.log.Retirement;
import org.mirrorlog.management.ActionRefusedException;
import org.mirrorlog.management.Actions;
import org.mirrorlog.management.CandidateView;
import org.mirrorlog.management.DeathView;
import org.mirrorlog.management.RetirementView;
import org.mirrorlog.owner.Death;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators do over HTTP, put together from the register of deaths, the members of the cluster and the owners of
 * the logs that this machine uses. Thread-safe; nothing blocks.
 */
final class OperatorActions implements Actions {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorActions.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    /** The owner asked may be the very node that is dead. */
    private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(1);

    private final String node;
    private final DeathService deaths;
    private final LogSharding owners;
    private final Supplier<CompletionStage<List<Instances.View>>> tables;

    OperatorActions(String node, DeathService deaths, LogSharding owners,
            Supplier<CompletionStage<List<Instances.View>>> tables) {
        this.node = node;
        this.deaths = deaths;
        this.owners = owners;
        this.tables = tables;
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
    public CompletionStage<List<CandidateView>> candidates(String nodeOrBootId) {
        return all().thenApply(runs -> {
            List<CandidateView> named = runs.stream()
                    .filter(run -> run.node().equals(nodeOrBootId) || run.bootId().equals(nodeOrBootId)).toList();
            if (named.isEmpty()) {
                throw unknown("node or boot id " + nodeOrBootId);
            }
            return named;
        });
    }

    private ActionRefusedException unknown(String what) {
        return ActionRefusedException.unknown("no " + what + " is known to node " + node
                + ": it knows the members since its start, and who takes part in the logs that it uses; ask"
                + " another node");
    }

    @Override
    public CompletionStage<List<DeathView>> confirmDeath(List<String> bootIds) {
        return named(bootIds).thenCompose(dying -> deaths.declare(dying, "operator at " + node))
                .handle((declared, failure) -> {
                    if (failure == null) {
                        return views(declared.stream().filter(death -> bootIds.contains(death.incarnation())).toList());
                    }
                    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                    throw cause instanceof StillConnectedException
                            ? ActionRefusedException.conflict(cause.getMessage()
                                    + "; power the machine off first: its kernel may write without its daemon, too")
                            : new CompletionException(cause);
                });
    }

    /** Who was a member is known here, at once; others only to owners of logs, one of which may have died with them. */
    private CompletionStage<List<NodeIdentity>> named(List<String> bootIds) {
        Map<String, NodeIdentity> members = deaths.known().stream()
                .collect(Collectors.toMap(NodeIdentity::incarnation, who -> who));
        if (members.keySet().containsAll(bootIds)) {
            return CompletableFuture.completedStage(bootIds.stream().map(members::get).toList());
        }
        return all().thenApply(runs -> bootIds.stream()
                .map(bootId -> runs.stream().filter(run -> run.bootId().equals(bootId))
                        .map(run -> new NodeIdentity(run.node(), bootId)).findFirst()
                        .orElseThrow(() -> unknown("boot id " + bootId)))
                .toList());
    }

    @Override
    public CompletionStage<Void> adopt(String uuid, boolean isForced) {
        return tables.get().thenCompose(views -> {
            if (views.stream().noneMatch(view -> view.key().uuid().equals(uuid))) {
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
    public CompletionStage<RetirementView> retirement(String uuid) {
        return owners.retirements().look(uuid).thenApply(state -> {
            if (state.number() <= 1 && state.geometry().isEmpty()) {
                throw ActionRefusedException.unknown("the journal knows nothing of log " + uuid);
            }
            List<String> tables = state.members().entrySet().stream().map(entry -> "node " + entry.getValue().node()
                    + " (boot id " + entry.getKey().incarnation() + ")").distinct().toList();
            return new RetirementView(uuid, state.number() - 1, state.regionCount(), state.dirty().size(),
                    Retirement.isLossless(state), tables, Retirement.user(state).orElse(null));
        });
    }

    @Override
    public CompletionStage<Void> retire(String uuid) {
        LOG.warn("log {}: to be retired, says the operator", uuid);
        return owners.retirements().retire(uuid).handle((state, failure) -> {
            if (failure == null) {
                LOG.info("log {}: retired, {}", uuid, state.dirty().isEmpty() ? "clean" : "all dirty");
                return null;
            }
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            throw cause instanceof IllegalStateException ? ActionRefusedException.conflict("log " + uuid + ": "
                    + cause.getMessage()) : new CompletionException(cause);
        });
    }

    // --- who is known ---------------------------------------------------------------------------------------------

    /** Members, former members, and whoever the logs count on. */
    private CompletionStage<List<CandidateView>> all() {
        return states().thenCombine(deaths.declared(), (logs, declared) -> {
            Map<String, String> nodes = new LinkedHashMap<>();
            logs.values().stream().flatMap(Optional::stream).forEach(state -> state.members().forEach((id, member) ->
                    nodes.putIfAbsent(id.incarnation(), member.node())));
            deaths.known().forEach(who -> nodes.put(who.incarnation(), who.node()));
            declared.forEach(death -> nodes.putIfAbsent(death.incarnation(), death.node()));
            Set<String> dead = declared.stream().map(Death::incarnation).collect(Collectors.toSet());
            return nodes.entrySet().stream()
                    .map(entry -> candidate(entry.getKey(), entry.getValue(), dead.contains(entry.getKey()),
                            logs)).toList();
        });
    }

    private CandidateView candidate(String bootId, String name, boolean isDeclared,
            Map<String, Optional<LogState>> logs) {
        List<String> uses = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        long marks = 0;
        for (Map.Entry<String, Optional<LogState>> log : logs.entrySet()) {
            if (log.getValue().isEmpty()) {
                silent.add(log.getKey());
                continue;
            }
            List<Member> its = log.getValue().get().members().entrySet().stream()
                    .filter(e -> e.getKey().incarnation().equals(bootId)).map(Map.Entry::getValue).toList();
            if (!its.isEmpty()) {
                uses.add(log.getKey());
                marks += its.stream().mapToLong(member -> member.marks().size()).sum();
            }
        }
        return new CandidateView(bootId, name, deaths.isConnected(bootId), isDeclared, uses, marks, silent);
    }

    /** Of the logs that this node uses; empty where the owner does not answer in time. Asked all at once. */
    private CompletionStage<Map<String, Optional<LogState>>> states() {
        return tables.get().thenCompose(views -> {
            CompletionStage<Map<String, Optional<LogState>>> all = CompletableFuture.completedStage(new TreeMap<>());
            for (String uuid : views.stream().map(view -> view.key().uuid()).distinct().toList()) {
                CompletionStage<Optional<LogState>> known = owners.inspect(uuid, LOOK_TIMEOUT).thenApply(Optional::of)
                        .exceptionally(silence -> Optional.empty());
                all = all.thenCombine(known, (states, state) -> {
                    states.put(uuid, state);
                    return states;
                });
            }
            return all;
        });
    }
}
