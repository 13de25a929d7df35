package org.mirrorlog.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that know no seeds find each other, also after all of them have ended. */
@Tag("cluster")
@Timeout(240)
class DiscoveryTest {
    private static final int CONTACT_PORT = 25521;
    private static final String METHOD = "mirrorlog.cluster.discovery.method=";
    private static final String CONTACT = "akka.management.cluster.bootstrap.contact-point-discovery";
    private static final String NO_SEEDS = "mirrorlog.cluster.seeds=";

    private static int status(String method, String url) throws Exception {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url))
                .method(method, HttpRequest.BodyPublishers.ofString("{\"bootIds\": [\"any\"]}")).build(),
                HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static Fleet.Surroundings inSettings(List<String> hosts) {
        List<String> settings = new ArrayList<>(List.of(METHOD + "config", NO_SEEDS));
        for (String host : hosts) {
            String endpoint = "akka.discovery.config.services.mirrorlog.endpoints." + hosts.indexOf(host);
            settings.addAll(List.of(endpoint + ".host=" + host, endpoint + ".port=" + CONTACT_PORT));
        }
        return Fleet.Surroundings.of(settings);
    }

    private static Fleet.Surroundings inDns(List<String> hosts, String... more) {
        NameServer server = NameServer.start(hosts.get(0), "mirrorlog", CONTACT_PORT, hosts);
        Stream<String> settings = Stream.of(METHOD + "akka-dns", NO_SEEDS,
                "mirrorlog.cluster.discovery.service=" + NameServer.DOMAIN,
                "akka.io.dns.async-dns.nameservers=" + server.endpoint());
        return new Fleet.Surroundings(Stream.concat(settings, Stream.of(more)).toList(), Map.of(), server);
    }

    private static Fleet.Surroundings inServiceRecords(List<String> hosts) {
        return inDns(hosts, CONTACT + ".port-name=mirrorlog", CONTACT + ".protocol=tcp",
                "jdk.net.hosts.file=" + NameServer.hostsFile(hosts));
    }

    private static Fleet.Surroundings asPods(List<String> hosts) {
        PodServer server = PodServer.start("mirrorlog", CONTACT_PORT, hosts);
        List<String> settings = new ArrayList<>(List.of(METHOD + "kubernetes-api", NO_SEEDS,
                "mirrorlog.cluster.discovery.service=mirrorlog", "akka.discovery.kubernetes-api.use-raw-ip=true",
                CONTACT + ".port-name=mirrorlog"));
        settings.addAll(server.settings());
        return new Fleet.Surroundings(settings, server.environment(), server);
    }

    @Test
    void shouldMakeOneClusterOfNodesThatAreListedInSettings() throws Exception {
        try (Fleet fleet = Fleet.startWithDiscovery(3, DiscoveryTest::inSettings)) {
            fleet.activate(Fleet.coreTable());

            Trouble.ALL_KILLED.befall(fleet);
            Trouble.OTHER_KILLED.befall(fleet);

            String contact = "http://" + fleet.node(2).host() + ":" + CONTACT_PORT;
            assertEquals(200, status("GET", contact + "/bootstrap/seed-nodes"));
            for (String path : new String[] {"/mirrorlog/deaths", "/mirrorlog/logs", "/cluster/members",
                    "/bootstrap/seed-nodes"}) {
                assertEquals(path.startsWith("/bootstrap") ? 405 : 404, status("POST", contact + path),
                        path + " takes no orders");
            }
        }
    }

    @Test
    void shouldMakeOneClusterOfNodesWithServiceRecords() throws Exception {
        assertOneCluster(DiscoveryTest::inServiceRecords);
    }

    @Test
    void shouldMakeOneClusterOfNodesWithAddressRecords() throws Exception {
        assertOneCluster(DiscoveryTest::inDns, Siege.Gate::contactPoint);
    }

    @Test
    void shouldMakeOneClusterOfPods() throws Exception {
        assertOneCluster(DiscoveryTest::asPods);
    }

    @SafeVarargs
    private static void assertOneCluster(Function<List<String>, Fleet.Surroundings> discovery,
            Function<FleetNode, Siege.Gate>... besieged) throws Exception {
        try (Fleet fleet = Fleet.startWithDiscovery(3, discovery)) {
            fleet.activate(Fleet.coreTable());
            fleet.write(Trouble.LANES);
            fleet.awaitWrites(Trouble.SOME);
            for (Function<FleetNode, Siege.Gate> gate : besieged) {
                Siege.lay(fleet, gate.apply(fleet.node(2)));
            }
            fleet.audit("writes alone, or during a siege");
        }
    }
}
