package org.mirrorlog.fleet;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How a fleet may come up again after all were down; the strikes of {@link Trouble}. */
final class StartTroubles {
    private StartTroubles() {
    }

    /** Whoever is there starts, whichever one is not; that one joins when it comes. */
    static void withoutOne(Fleet fleet) {
        int absent = fleet.draw();
        fleet.nodes().forEach(FleetNode::kill);
        for (int i : Trouble.allBut(fleet, absent)) {
            fleet.node(i).start();
        }
        fleet.awaitWrites(Trouble.SOME, Trouble.allBut(fleet, absent));
        fleet.node(absent).start();
    }

    /** The first of the seeds is an address where nobody is any more. */
    static void withARetiredSeed(Fleet fleet) {
        String retired = LoopbackNet.endpoint(fleet.net().host(fleet.count() + 1));
        String seeds = Stream.concat(Stream.of(retired), IntStream.rangeClosed(1, fleet.count())
                        .mapToObj(i -> LoopbackNet.endpoint(fleet.node(i).host())))
                .collect(Collectors.joining(","));
        fleet.nodes().forEach(FleetNode::kill);
        fleet.nodes().forEach(node -> node.start("-Dmirrorlog.cluster.seeds=" + seeds));
    }
}
