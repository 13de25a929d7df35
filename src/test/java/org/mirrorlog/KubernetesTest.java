package org.mirrorlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1DaemonSet;
import io.kubernetes.client.openapi.models.V1Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.settings.MachineIdentity;
import org.mirrorlog.settings.Settings;

/** The manifests, as Kubernetes would take them and as the daemon understands them. */
class KubernetesTest {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Pattern CAPABILITY = Pattern.compile("[+]([a-z_]+)");

    @TempDir
    private Path directory;

    private static List<JsonNode> manifests;

    @BeforeAll
    static void read() throws IOException {
        manifests = YAML.readerFor(JsonNode.class).<JsonNode>readValues(
                Path.of("deploy/kubernetes/mirrorlogd.yaml").toFile()).readAll();
    }

    private static JsonNode of(String kind) {
        return manifests.stream().filter(one -> one.path("kind").asText().equals(kind)).findFirst().orElseThrow();
    }

    private static JsonElement gson(JsonNode manifest) {
        return JsonParser.parseString(manifest.toString());
    }

    private static JsonNode pod() {
        return of("DaemonSet").at("/spec/template/spec");
    }

    private static JsonNode container() {
        return pod().at("/containers/0");
    }

    private static Set<String> all(JsonNode list, String field) {
        return StreamSupport.stream(list.spliterator(), false).map(one -> one.path(field).asText())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldBeWhatKubernetesKnows() throws IOException {
        V1Namespace.validateJsonElement(gson(of("Namespace")));
        V1ConfigMap.validateJsonElement(gson(of("ConfigMap")));
        V1DaemonSet.validateJsonElement(gson(of("DaemonSet")));

        assertEquals(3, manifests.size());
        JsonNode wrong = of("DaemonSet").deepCopy();
        ((ObjectNode) wrong.at("/spec/template/spec")).put("hostNetworks", true);
        assertThrows(IllegalArgumentException.class, () -> V1DaemonSet.validateJsonElement(gson(wrong)),
                "the check can fail");
    }

    @Test
    void shouldFitTogether() {
        assertEquals(of("DaemonSet").at("/spec/selector/matchLabels"),
                of("DaemonSet").at("/spec/template/metadata/labels"));
        assertEquals(all(container().path("volumeMounts"), "name"), all(pod().path("volumes"), "name"));
        manifests.stream().skip(1).forEach(one -> assertEquals(of("Namespace").at("/metadata/name"),
                one.at("/metadata/namespace")));
    }

    /** The same five as under systemd, and the same port for all probes. */
    @Test
    void shouldKeepTheCapabilitiesOfTheUnit() throws IOException {
        String bounds = StreamSupport.stream(container().path("command").spliterator(), false).map(JsonNode::asText)
                .filter(word -> word.startsWith("--bounding-set=-all,")).findFirst().orElseThrow();
        Set<String> kept = CAPABILITY.matcher(bounds).results().map(found -> "CAP_" + found.group(1).toUpperCase())
                .collect(Collectors.toCollection(TreeSet::new));
        Matcher unit = Pattern.compile("CapabilityBoundingSet=(.*)").matcher(
                Files.readString(Path.of("deploy/mirrorlogd.service")));

        assertTrue(unit.find());
        assertEquals(new TreeSet<>(List.of(unit.group(1).split(" "))), kept);
        int port = ConfigFactory.load().getInt("akka.management.http.port");
        for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
            assertEquals(port, container().path(probe).at("/httpGet/port").asInt(), probe);
            assertEquals("127.0.0.1", container().path(probe).at("/httpGet/host").asText(), probe);
        }
    }

    /** What the settings name is what the pod mounts, and the daemon accepts it. */
    @Test
    void shouldHaveSettingsThatAreSound() throws IOException {
        Path tls = directory.resolve("tls");
        Commands.run(List.of("deploy/make-certs", "--dir", tls.toString(), "--cluster", "mirrorlog", "10.0.0.1"));
        String text = of("ConfigMap").at("/data/local.conf").asText();
        Set<String> mounts = all(container().path("volumeMounts"), "mountPath");
        Matcher paths = Pattern.compile("\"(/etc/mirrorlog/[a-z]+|/run/mirrorlog)/").matcher(text);
        assertTrue(paths.results().map(found -> found.group(1)).allMatch(mounts::contains), text);
        assertTrue(mounts.contains(ConfigFactory.load().getString("mirrorlog.data-dir")), mounts.toString());

        Config given = ConfigFactory.parseString(text.replace("/etc/mirrorlog/tls", tls.toString()))
                .resolveWith(ConfigFactory.parseMap(Map.of("NODE_NAME", "storage-1", "HOST_IP", "10.0.0.1")));
        Settings settings = Settings.read(Settings.load(given), MachineIdentity.current());

        assertEquals("storage-1", settings.nodeName());
    }
}
