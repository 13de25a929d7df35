package org.mirrorlog.fencing;

import akka.cluster.Member;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Predicate;
import org.mirrorlog.cluster.KnownNodes;
import org.mirrorlog.cluster.NodeIdentity;
import org.mirrorlog.cluster.NodeState;
import org.slf4j.Logger;

/** What people are asked about nodes of which this program does not know whether they are dead. */
final class UndecidedNodes {
    private final Logger log;
    private final DeathService deaths;

    UndecidedNodes(Logger log, DeathService deaths) {
        this.log = log;
        this.deaths = deaths;
    }

    /** A node was removed, and nobody else says whether it is off. */
    void removed(NodeIdentity who, Member former) {
        log.warn("node {} (boot id {}) {}{}: what it has marked stays dirty, what it recovers stays with it. Make"
                + " sure that it is off, then: mirrorlogctl fence-confirm {}", who.node(), who.incarnation(),
                NodeState.UNDECIDED.says(), since(who),
                deaths.namesake(former) == KnownNodes.Namesake.NONE ? who.node() : who.incarnation());
    }

    /** Fencing was of no use. */
    void alarm(NodeIdentity who, String why) {
        log.error("node {} (boot id {}) {}{}: {}. What it has marked stays dirty. Make sure that it is off, then:"
                + " mirrorlogctl fence-confirm {}", who.node(), who.incarnation(), NodeState.UNDECIDED.says(),
                since(who), why, who.incarnation());
    }

    /** Its machine has booted again, which each log hears only when that uses it. */
    void over(NodeIdentity who) {
        log.warn("node {} (boot id {}) {}, and is not fenced. Each log knows it as soon as that"
                + " node uses it; of one that it does not use any more what that run had marked stays dirty until:"
                + " mirrorlogctl fence-confirm {}", who.node(), who.incarnation(), NodeState.OVER.says(),
                who.incarnation());
    }

    /**
     * Somebody was given the name of a node that was merely cut off: that one is not dead for it.
     *
     * @param isFollowed whether an incarnation is to be fenced anyway
     */
    void twins(Member newcomer, Predicate<String> isFollowed) {
        deaths.lostNamesakes(newcomer).stream().filter(lost -> !deaths.isDeclared(lost.incarnation())
                && !isFollowed.test(lost.incarnation())).forEach(lost -> log.warn(
                        "node {} (boot id {}) {}{}: the node at {} has its name now, and nothing proves that it is the"
                        + " same machine, booted again. Make sure that the former is off, then: mirrorlogctl"
                        + " fence-confirm {}", lost.node(), lost.incarnation(), NodeState.UNDECIDED.says(),
                        since(lost), newcomer.address(), lost.incarnation()));
    }

    /** Since when nothing is heard of it, to go on from what it is; empty if that is not known. */
    private String since(NodeIdentity who) {
        long ms = deaths.silentSinceMs(who.incarnation());
        return ms == 0 ? "" : ", silent since " + Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS);
    }
}
