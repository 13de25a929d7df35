package org.mirrorlog.membership;

import akka.actor.Address;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.cluster.Cluster;
import akka.cluster.UniqueAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mirrorlog.journal.ClusterRow;
import org.mirrorlog.settings.ClusterSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start of a member where the journal has a row that says who serves: looks, has {@link StartRule} decide, does it,
 * and looks again. For one thread.
 */
final class SharedStart {
    private static final Logger LOG = LoggerFactory.getLogger(SharedStart.class);
    /** A member within reach takes a node up in less, also with TLS and on a busy machine. */
    private static final Duration SEEDS_TIME = Duration.ofSeconds(3);
    /** Others tell it first whether they are in a cluster. */
    private static final Duration DISCOVERY_TIME = Duration.ofSeconds(6);
    private static final Duration JOURNAL_WAIT = Duration.ofSeconds(5);
    private static final Duration LONGEST_REJOIN = Duration.ofSeconds(4);
    private static final int CONNECT_MS = 1_000;
    private static final String OUTBOUND = "akka.remote.artery.advanced.tcp.outbound-client-hostname";

    private final Cluster cluster;
    private final ClusterRow row;
    private final ClusterSettings settings;
    private final Reach reach;
    private final Seat self;
    private final String name;
    private RowAge age = RowAge.UNSEEN;
    private String founded = "";
    private ClusterRow.Seen seen = ClusterRow.Seen.NOTHING;
    private String joining = "";
    private int joins;
    private long joinedAtNs;
    private Optional<Long> memberlessSinceNs = Optional.empty();

    SharedStart(ActorSystem<Void> system, ClusterRow row, ClusterSettings settings) {
        this.cluster = Cluster.get(system);
        this.row = row;
        this.settings = settings;
        this.name = system.name();
        String from = system.settings().config().getString(OUTBOUND);
        this.reach = new Reach(endpoint -> isWithinReach(endpoint, from),
                system.dispatchers().lookup(DispatcherSelector.blocking()));
        this.self = seat(cluster.selfMember().uniqueAddress());
    }

    /** How the row names a member. */
    static Seat seat(UniqueAddress member) {
        return new Seat(member.address().hostPort().replaceFirst("^[^@]*@", ""), member.longUid());
    }

    /**
     * Looks and does what is to be done; to be called every second until the node is a member.
     *
     * @return what the node waits for, if it does: a sentence for people
     */
    String step() {
        try {
            seen = await(row.read().toCompletableFuture());
            age = age.seen(seen, System.nanoTime());
        } catch (TimeoutException e) {
            age = age.unseen(System.nanoTime());
            return "waits for the journal, which says who may start the cluster: no answer yet";
        } catch (ExecutionException e) {
            age = age.unseen(System.nanoTime());
            return "waits for the journal, which says who may start the cluster (" + row.where() + "): "
                    + e.getCause().getMessage();
        }
        RowView view = RowView.of(seen.text(), age.left(seen));
        noteMemberless(view);
        SortedSet<String> asked = new TreeSet<>(settings.seeds());
        if (view instanceof RowView.Living living) {
            asked = living.cluster().addresses();
        }
        asked.remove(self.address());
        Set<String> answering = reach.of(asked);
        return done(view, answering, StartRule.next(new StartRule.Look(self, founded, view, answering,
                settings.seeds(), isTried())));
    }

    private void noteMemberless(RowView view) {
        memberlessSinceNs = view.isMemberless() ? memberlessSinceNs.or(() -> Optional.of(System.nanoTime()))
                : Optional.empty();
    }

    private boolean isTried() {
        Duration time = settings.discovery().isPresent() ? DISCOVERY_TIME : SEEDS_TIME;
        return memberlessSinceNs.filter(since -> System.nanoTime() - since > time.toNanos()).isPresent();
    }

    private String done(RowView view, Set<String> answering, StartRule.Step step) {
        if (step instanceof StartRule.StrikeOut strike) {
            replace(strike.left(), Optional.empty());
            return "strikes its former start out of the journal's row";
        } else if (step instanceof StartRule.Enter enter) {
            replace(enter.with(), Optional.empty());
            return "enters itself into the journal's row";
        } else if (step instanceof StartRule.Found) {
            return isDiscovering(view) ? "waits a moment for what discovery finds" : found();
        } else if (step instanceof StartRule.Join join) {
            join(join.addresses());
            SortedSet<String> missed = missing(view, answering);
            return !missed.isEmpty() ? missed(view, missed, answering)
                    : "waits for " + join.addresses() + ", which answer, to take it up" + (settings.tls().isPresent()
                            ? "" : "; if they have mirrorlog.cluster.tls, this node needs it too");
        }
        return missed(view, ((StartRule.Wait) step).missed(), answering);
    }

    /** Those that answer may be starters as well, and wait for the same ones. */
    private SortedSet<String> missing(RowView view, Set<String> answering) {
        SortedSet<String> missing = new TreeSet<>();
        if (view instanceof RowView.Living living) {
            missing.addAll(living.cluster().addresses());
            missing.removeAll(answering);
            missing.remove(self.address());
        }
        return missing;
    }

    /** No seeds are known: those that are found say for themselves whether they are in a cluster. */
    private boolean isDiscovering(RowView view) {
        return settings.discovery().isPresent() && view instanceof RowView.Free && !isTried();
    }

    private String missed(RowView view, SortedSet<String> missed, Set<String> answering) {
        Duration left = view instanceof RowView.Living living ? living.left()
                : view instanceof RowView.Unreadable odd ? odd.left() : Duration.ZERO;
        String who = missed.isEmpty() ? "a cluster of another build, in a row of the journal that this one cannot read,"
                : "the cluster of " + missed;
        return "waits for " + who + " which the journal says lives and none of which is within reach"
                + (answering.isEmpty() ? "" : " (" + answering + " are)") + ": unless it says so again, it counts as"
                + " gone in " + Math.max(1, left.toSeconds()) + " s. If it goes on saying so, and is never to be"
                + " reached from here again: mirrorlogd free-cluster";
    }

    /** Of several that try, exactly one is in the row afterwards. */
    private String found() {
        if (founded.isEmpty() || !isOwn(seen)) {
            LivingCluster own = LivingCluster.of(UUID.randomUUID().toString(), Set.of(self));
            founded = own.id();
            if (!replace(own, Optional.of(RowView.LIFE))) {
                return "founds a cluster, if the journal has heard of it";
            }
            if (!isOwn(seen)) {
                founded = "";
                return "another node founds the cluster";
            }
        }
        if (joining.isEmpty() || !joining.equals(founded)) {
            LOG.info("the journal knows of no cluster that lives: this node founds one");
            joining = founded;
            cluster.join(cluster.selfAddress());
        }
        return "founds a cluster";
    }

    private boolean isOwn(ClusterRow.Seen what) {
        return !founded.isEmpty() && what.text().filter(text -> text.contains(" " + founded + " ")).isPresent();
    }

    /** @return whether it is known what the row is now */
    private boolean replace(LivingCluster with, Optional<Duration> living) {
        try {
            seen = await(row.replace(seen, with.text(), living).toCompletableFuture());
            return true;
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("the row was not written, or that is not known; it is read again", e);
            return false;
        }
    }

    /** Akka asks such nodes once in five seconds, which is seldom for one that has just founded. */
    private void join(Collection<String> addresses) {
        String which = seen.text().orElse("") + addresses;
        long now = System.nanoTime();
        joins = which.equals(joining) ? joins : 0;
        Duration pause = Duration.ofSeconds(Math.min(joins, LONGEST_REJOIN.toSeconds()));
        if (!which.equals(joining) || now - joinedAtNs >= pause.toNanos()) {
            joining = which;
            joinedAtNs = now;
            joins++;
            cluster.joinSeedNodes(addresses.stream().map(this::address).toList());
        }
    }

    private Address address(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        return new Address("akka", name, endpoint.substring(0, colon), Integer.parseInt(endpoint.substring(colon + 1)));
    }

    /**
     * Whether somebody listens there.
     *
     * @param from address from which it is tried, as remoting does; "": any
     */
    static boolean isWithinReach(String endpoint, String from) {
        int colon = endpoint.lastIndexOf(':');
        try (Socket socket = new Socket()) {
            if (!from.isEmpty()) {
                socket.bind(new InetSocketAddress(from, 0));
            }
            socket.connect(new InetSocketAddress(endpoint.substring(0, colon).replaceAll("[\\[\\]]", ""),
                    Integer.parseInt(endpoint.substring(colon + 1))), CONNECT_MS);
            return true;
        } catch (IOException | RuntimeException e) {
            return false; // nobody, or a host that is not known now
        }
    }

    private static <T> T await(CompletableFuture<T> answer) throws TimeoutException, ExecutionException {
        try {
            return answer.get(JOURNAL_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while joining the cluster", e);
        }
    }
}
