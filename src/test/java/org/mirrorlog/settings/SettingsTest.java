package org.mirrorlog.settings;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static final MachineIdentity MACHINE =
            new MachineIdentity("storage-1.example", "3f0e9c4a-0000-4000-8000-000000000001", "m-1");
    /** Blocks below our root that Akka or the journal read by themselves. */
    private static final List<String> READ_BY_OTHERS =
            List.of("mirrorlog.journal.", "mirrorlog.snapshots.", "mirrorlog.postgres.",
                    "mirrorlog.replicated.",
            "mirrorlog.dispatchers.hot.", "mirrorlog.dispatchers.device.");

    @Test
    void shouldLoadTheShippedFileWithNoOverrides() {
        Settings settings = Settings.read(Settings.load(ConfigFactory.empty()), MACHINE);

        assertAll(
                () -> assertEquals("storage-1.example", settings.nodeName()),
                () -> assertEquals(Path.of("/var/lib/mirrorlog"), settings.dataDir()),
                () -> assertEquals("INFO", settings.logLevel()),
                () -> assertEquals(new Settings.Kernel(Settings.Connector.NETLINK, Path.of("/run/mirrorlog.sock"),
                        MACHINE.bootId(), List.of(), 8 << 20, Duration.ofNanos(50_000), 0,
                        new Settings.Lvm(Optional.empty(), "clustered-disk"), Optional.empty()),
                        settings.kernel()),
                () -> assertEquals(Duration.ofSeconds(5), settings.lazyClear()),
                () -> assertEquals(new Settings.Rounds(Duration.ofMillis(500), Duration.ofSeconds(1)),
                        settings.rounds()),
                () -> assertEquals("mirrorlog", settings.clusterName()),
                () -> assertEquals(new ClusterSettings("127.0.0.1", 0, List.of(), Optional.empty(), Optional.empty(),
                        true, false), settings.cluster()),
                () -> assertEquals(2000, settings.snapshotEvery()),
                () -> assertEquals(false, settings.acceptRegularFiles()),
                () -> assertTrue(settings.newBootProvesDeath()),
                () -> assertEquals(Set.of(), settings.adopt()),
                () -> assertEquals(false, settings.forceShutdown()),
                () -> assertEquals(new Settings.Memory(true, true, -900), settings.memory()),
                () -> assertEquals(new FencingSettings(FencingSettings.Mode.MANUAL, List.of(),
                        Duration.ofSeconds(60), 3, Duration.ofSeconds(5), Duration.ofSeconds(60),
                        Optional.empty()), settings.fencing()),
                () -> assertEquals("mirrorlog.journal",
                        settings.config().getString("akka.persistence.journal.plugin")));
    }

    @Test
    void shouldReadEachKeyOfTheFileAndHaveEachKeyReadInTheFile() {
        SettingsReader reader = new SettingsReader(Settings.load(ConfigFactory.empty()));
        Settings.read(reader, Settings.load(ConfigFactory.empty()), MACHINE);

        Set<String> shipped = ConfigFactory.parseResources("application.conf").resolve()
                .getConfig("mirrorlog").entrySet().stream()
                .map(entry -> "mirrorlog." + entry.getKey())
                .filter(path -> READ_BY_OTHERS.stream().noneMatch(path::startsWith))
                .collect(Collectors.toCollection(TreeSet::new));
        shipped.add("mirrorlog.dispatchers.hot.threads");
        shipped.add("mirrorlog.dispatchers.hot.lookout");

        assertEquals(shipped, new TreeSet<>(reader.pathsRead()));
    }

    @Test
    void shouldTakeOneWordForBothPlugins() {
        for (String word : List.of("replicated", "postgresql", "embedded")) {
            Config config = Settings.load(ConfigFactory.parseString("mirrorlog.journal = " + word));

            String journal = "mirrorlog." + Map.of("replicated", "replicated.", "postgresql", "postgres.",
                    "embedded", "").get(word) + "journal";
            assertEquals(journal, config.getString("akka.persistence.journal.plugin"));
            assertEquals(journal.replace("journal", "snapshots"),
                    config.getString("akka.persistence.snapshot-store.plugin"));
            assertTrue(config.hasPath("mirrorlog.journal.dir"), "its block is there still");
        }
        assertEquals("mirrorlog.postgres.journal", Settings.load(ConfigFactory.parseString(
                "mirrorlog.journal = replicated, akka.persistence.journal.plugin = mirrorlog.postgres.journal"))
                .getString("akka.persistence.journal.plugin"), "the long name wins");
        BadSettingsException refusal = assertThrows(BadSettingsException.class, () -> Settings.read(Settings.load(
                ConfigFactory.parseString("mirrorlog.journal = raft")), MACHINE));
        assertTrue(refusal.problems().get(0).toString().contains("embedded, replicated or postgresql"),
                refusal.problems().toString());
    }

    @Test
    void shouldLetThoseGoOnThatCanWriteAReplicatedJournal() {
        Settings settings = Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog.journal = replicated
                mirrorlog.cluster { host = 127.0.0.1, port = 25520, seeds = ["127.0.0.1:25520", "127.0.0.2:25520",
                    "127.0.0.3:25520"] }
                mirrorlog.replicated.members = ["127.0.0.1:25522", "127.0.0.2:25522", "127.0.0.3:25522"]
                """)), MACHINE);

        Config resolver = settings.ofActorSystem(List.of()).getConfig("akka.cluster.split-brain-resolver");

        assertEquals("lease-majority", resolver.getString("active-strategy"));
        assertEquals("mirrorlog.replicated.lease", resolver.getString("lease-majority.lease-implementation"));
    }

    @Test
    void d22ShouldNeedACommandToReactivateMirrorsOfAKernelElsewhere() {
        BadSettingsException refusal = assertThrows(BadSettingsException.class, () -> Settings.read(Settings.load(
                ConfigFactory.parseString("mirrorlog { after-death = reactivate, kernel.connector = unix }")),
                MACHINE));

        assertEquals(List.of("mirrorlog.kernel.tables-command"),
                refusal.problems().stream().map(BadSetting::path).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[fence]", "[/no/such/program]", "[/etc/passwd]"})
    void d16ShouldNeedAProgramThatCanBeRunToFence(String line) {
        BadSettingsException refusal = assertThrows(BadSettingsException.class, () -> Settings.read(Settings.load(
                ConfigFactory.parseString("mirrorlog { fencing = command, fence-command.line = " + line
                        + " }")), MACHINE));

        assertEquals(List.of("mirrorlog.fence-command.line"),
                refusal.problems().stream().map(BadSetting::path).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "mirrorlog.node-name              | \"two words\"   | letters, digits",
        "mirrorlog.node-name              | \"\"            | letters, digits",
        "mirrorlog.node-name              | [a]             | letters, digits",
        "mirrorlog.data-dir               | \"\"            | a path",
        "mirrorlog.data-dir               | \"a\\u0000b\"   | a path",
        "mirrorlog.data-dir               | null            | a path",
        "mirrorlog.log-level              | LOUD            | INFO or ERROR",
        "mirrorlog.kernel.connector       | pipe            | netlink or unix",
        "mirrorlog.kernel.unix-path       | \"\"            | at most 107 bytes",
        "mirrorlog.machine-id             | \"a b\"         | without blanks",
        "mirrorlog.machine-id             | \"\"            | without blanks",
        "mirrorlog.kernel.boot-id         | \"a b\"         | without blanks",
        "mirrorlog.kernel.boot-id         | \"\"            | without blanks",
        "mirrorlog.kernel.receive-buffer  | 64 KiB          | 256 KiB to 256 MiB",
        "mirrorlog.kernel.receive-buffer  | 1 GiB           | 256 KiB to 256 MiB",
        "mirrorlog.kernel.receive-buffer  | much            | 256 KiB to 256 MiB",
        "mirrorlog.kernel.test-port-id    | -1              | 0 to 4294967295",
        "mirrorlog.kernel.test-port-id    | 4294967296      | 0 to 4294967295",
        "mirrorlog.lvm.pid-file           | run.pid         | an absolute path",
        "mirrorlog.marks.lazy-clear       | -1 s            | 0 s to 10 minutes",
        "mirrorlog.marks.lazy-clear       | 11 minutes      | 0 s to 10 minutes",
        "mirrorlog.marks.lazy-clear       | 5 parsecs       | 0 s to 10 minutes",
        "mirrorlog.rounds.retry-after     | 1 ms            | 50 ms to 10 s",
        "mirrorlog.rounds.ask-held-again-after | 16 s       | 50 ms to 10 s",
        "mirrorlog.cluster-name           | \"a/b\"         | letters, digits",
        "mirrorlog.device.accept-regular-files | 1         | true or false",
        "mirrorlog.device.accept-regular-files | true      | false with connector = netlink",
        "mirrorlog.owner.snapshot-every        | 9               | 10 to 1000000",
        "mirrorlog.owner.snapshot-every        | 2.5k            | 10 to 1000000",
        "mirrorlog.new-boot-proves-death  | maybe           | true or false",
        "mirrorlog.adopt                  | [\"\"]          | list of log uuids",
        "mirrorlog.adopt                  | 17              | list of log uuids",
        "mirrorlog.shutdown.force         | 2               | true or false",
        "mirrorlog.kernel.tables-command  | [/bin/sh]       | none with connector = netlink",
        "mirrorlog.fencing                | stonith         | manual or command or downing-is-fencing",
        "mirrorlog.fence-command.line     | [\"\"]          | absolute path",
        "mirrorlog.fence-command.timeout  | 1 hour          | 1 s to 30 minutes",
        "mirrorlog.fence-command.attempts | 0               | 1 to 100",
        "mirrorlog.fence-command.retry-after | 0 s          | 1 s to 30 minutes",
        "mirrorlog.downing-bound          | 0 s             | 1 s to 60 minutes",
        "mirrorlog.after-death            | resync          | next-resume or reactivate",
        "mirrorlog.reactivation-bound     | 1 s             | 10 s to 60 minutes",
        "mirrorlog.memory.lock            | always          | true or false",
        "mirrorlog.memory.io-flusher      | []              | true or false",
        "mirrorlog.memory.oom-score-adjust | 1              | -1000 to 0",
        "mirrorlog.dispatchers.hot.threads | 0              | 1 to 16",
        "mirrorlog.device.most-open          | 16385       | 1 to 16384",
        "akka.management.http.port        | 65536           | 0 to 65535",
        "akka.management.http.hostname    | \"0.0.0.0\"     | loopback",
        "akka.management.http.bind-hostname | \"192.0.2.1\" | loopback",
        "akka.actor.provider              | local           | cluster",
        "akka.actor.allow-java-serialization | on           | off",
        "akka.cluster.sharding.passivation.strategy | default-idle-strategy | none",
        "akka.cluster.sharding.use-dispatcher | akka.actor.internal-dispatcher | mirrorlog.dispatchers.hot",
        "akka.coordinated-shutdown.run-by-jvm-shutdown-hook | on | off",
        "akka.persistence.journal.plugin  | akka.persistence.journal.inmem | keeps what it acknowledged",
        "akka.persistence.journal.plugin  | \"\"            | keeps what it acknowledged",
        "akka.persistence.snapshot-store.plugin | \"\"      | snapshot store",
        "akka.persistence.snapshot-store.plugin | mirrorlog.postgres.snapshots | only mirrorlog.snapshots",
        "mirrorlog.postgres.journal.no-such-key | 1         | no such key",
        "akka.cluster.seed-nodes          | [\"akka://mirrorlog@192.0.2.1:25520\"] | none: give"
        + " mirrorlog.cluster.seeds",
        "mirrorlog.cluster.host           | \"a b\"       | letters, digits",
        "mirrorlog.cluster.host           | \"192.0.2.1\" | a loopback address, unless mirrorlog.cluster.tls",
        "mirrorlog.cluster.tls.certificate | \"/a.pem\"   | or none of them",
        "mirrorlog.cluster.tls.key        | relative.pem    | a path",
        "mirrorlog.management.tls.host    | \"0.0.0.0\"     | unless mirrorlog.cluster.tls is given",
        "mirrorlog.management.tls.host    | \"a b\"         | an address or name of this machine",
        "mirrorlog.management.tls.port    | 65536           | 0 to 65535",
        "mirrorlog.cluster.downing        | keep-oldest     | auto or akka",
        "mirrorlog.cluster.insecure       | perhaps         | true or false",
        "mirrorlog.cluster.port           | 65536           | 0 to 65535",
        "mirrorlog.cluster.seeds          | [\"somewhere\"] | list of host:port",
        "mirrorlog.cluster.seeds          | \"a:1,b:65536\" | list of host:port",
        "mirrorlog.cluster.discovery.method | dns            | config or akka-dns or kubernetes-api",
        "mirrorlog.cluster.discovery.service | \"a b\"      | letters, digits",
        "mirrorlog.cluster.discovery.nodes | 1              | 2 to 99",
        "mirrorlog.cluster.discovery.port | 0               | 1 to 65535",
        "mirrorlog.marks.lazy-cleer       | 5 s             | no such key",
        "mirrorlog.journal.no-such-key    | 1               | no such key",
        "mirrorlog.anything.at.all        | 1               | no such key",
    })
    void shouldReportABadValueWithPathValueRangeAndOrigin(String path, String value, String allowed, @TempDir Path dir)
            throws IOException {
        Path file = dir.resolve("mine.conf");
        Files.writeString(file, "# mine\n" + path + " = " + value + "\n");

        BadSettingsException refusal = assertThrows(BadSettingsException.class,
                () -> Settings.read(Settings.load(ConfigFactory.parseFile(file.toFile())), MACHINE));

        assertEquals(1, refusal.problems().size(), refusal.getMessage());
        BadSetting problem = refusal.problems().get(0);
        assertEquals(path, problem.path());
        assertTrue(problem.allowed().contains(allowed), problem.allowed());
        assertEquals("null".equals(value) ? "set to null or missing" : file + ":2", problem.origin());
        assertTrue(refusal.getMessage().contains(problem.value()), refusal.getMessage());
    }

    @Test
    void shouldReportAllBadKeysAtOnce() {
        Config mine = ConfigFactory.parseString("""
                mirrorlog.kernel.connector = pipe
                mirrorlog.owner.snapshot-every = 1
                mirrorlog.colour = green
                akka.management.http.port = -1
                """);

        BadSettingsException refusal =
                assertThrows(BadSettingsException.class, () -> Settings.read(Settings.load(mine), MACHINE));

        assertEquals(Set.of("mirrorlog.kernel.connector", "mirrorlog.owner.snapshot-every", "mirrorlog.colour",
                "akka.management.http.port"),
                refusal.problems().stream().map(BadSetting::path).collect(Collectors.toSet()));
        assertEquals(4, refusal.getMessage().lines().count());
    }

    @Test
    void shouldRefuseATestPeerOnTheUnixConnector() {
        Config mine = ConfigFactory.parseString("mirrorlog.kernel { connector = unix, test-port-id = 77 }");

        BadSettingsException refusal =
                assertThrows(BadSettingsException.class, () -> Settings.read(Settings.load(mine), MACHINE));

        assertEquals("mirrorlog.kernel.test-port-id", refusal.problems().get(0).path());
    }

    @Test
    void shouldTakeOverridesFromAFile() {
        Settings settings = Settings.read(Settings.load(ConfigFactory.parseString("""
                mirrorlog {
                  node-name = beta
                  data-dir = relative/dir
                  log-level = debug
                  kernel { connector = UNIX, unix-path = "k.sock", boot-id = guest-1 }
                  marks.lazy-clear = 0
                  adopt = [LVM-a, "LVM b", LVM-a]
                  dispatchers.hot.threads = 2
                  dispatchers.hot.throughput = 5
                }
                """)), MACHINE);

        assertEquals("beta", settings.nodeName());
        assertEquals(Path.of("relative/dir").toAbsolutePath(), settings.dataDir());
        assertEquals("DEBUG", settings.logLevel());
        assertEquals(Settings.Connector.UNIX, settings.kernel().connector());
        assertEquals("guest-1", settings.kernel().bootId());
        assertEquals(Duration.ZERO, settings.lazyClear());
        assertEquals(Set.of("LVM-a", "LVM b"), settings.adopt());
        assertEquals(2, settings.config().getInt("mirrorlog.dispatchers.hot.threads"));
    }

    @Test
    void shouldTakeListsAsOneTextBecauseSystemPropertiesHaveNoOther() {
        assertEquals(Set.of("LVM-a", "LVM-b"), Settings.read(
                Settings.load(ConfigFactory.parseString("mirrorlog.adopt = \"LVM-a, LVM-b\"")), MACHINE).adopt());
        assertEquals(Set.of("LVM-a"), Settings.read(
                Settings.load(ConfigFactory.parseString("mirrorlog.adopt.0 = LVM-a")), MACHINE).adopt());
    }

    @Test
    void shouldPreferSystemPropertiesAndNameThemAsOrigin() {
        System.setProperty("mirrorlog.owner.snapshot-every", "1");
        try {
            BadSettingsException refusal = assertThrows(BadSettingsException.class, () -> Settings.read(
                    Settings.load(ConfigFactory.parseString("mirrorlog.owner.snapshot-every = 3")), MACHINE));

            assertEquals("system properties", refusal.problems().get(0).origin());
        } finally {
            System.clearProperty("mirrorlog.owner.snapshot-every");
            ConfigFactory.invalidateCaches();
        }
    }

    private static Set<String> refused(String mine) {
        return assertThrows(BadSettingsException.class,
                () -> Settings.read(Settings.load(ConfigFactory.parseString(mine)), MACHINE))
                .problems().stream().map(BadSetting::path).collect(Collectors.toSet());
    }

    @Test
    void shouldRefuseANodeOfAClusterUnlessItsJournalIsSharedD21() {
        String seeds = "mirrorlog.cluster { port = 25520, seeds = [\"127.0.0.1:25520\", \"127.0.0.2:25520\"] }\n";
        String shared = """
                akka.persistence.journal.plugin = mirrorlog.postgres.journal
                akka.persistence.snapshot-store.plugin = mirrorlog.postgres.snapshots
                """;

        assertEquals(Set.of("akka.persistence.journal.plugin"), refused(seeds));
        assertEquals(Set.of("akka.persistence.snapshot-store.plugin"), refused(seeds + shared
                + "akka.persistence.snapshot-store.plugin = mirrorlog.snapshots"));
        assertEquals(Set.of("mirrorlog.cluster.port"), refused(seeds + shared + "mirrorlog.cluster.port = 0"));
        assertEquals(Set.of("mirrorlog.cluster.seeds"), refused(seeds + shared
                + "mirrorlog.cluster.seeds = \"127.0.0.1:1,127.0.0.1:1\""));
        assertEquals(List.of("127.0.0.1:25520", "127.0.0.2:25520"),
                Settings.read(Settings.load(ConfigFactory.parseString(seeds + shared)), MACHINE).cluster().seeds());
    }

    @Test
    void shouldNameNodesOrDiscoverThemNotBoth() {
        String discovery = """
                mirrorlog.cluster { port = 25520, discovery { method = config, nodes = 3 } }
                akka.persistence.journal.plugin = mirrorlog.postgres.journal
                akka.persistence.snapshot-store.plugin = mirrorlog.postgres.snapshots
                """;

        ClusterSettings found = Settings.read(Settings.load(ConfigFactory.parseString(discovery)), MACHINE).cluster();

        assertEquals(Optional.of(new ClusterSettings.Discovery("config", "mirrorlog", 25521)), found.discovery());
        assertEquals(false, found.isAlone());
        assertEquals(Set.of("mirrorlog.cluster.discovery.method"),
                refused(discovery + "mirrorlog.cluster.seeds = \"127.0.0.1:25520\""));
        assertEquals(Set.of("mirrorlog.cluster.discovery.port"),
                refused(discovery + "mirrorlog.cluster.discovery.port = 25520"));
        assertEquals(Set.of("akka.persistence.journal.plugin"),
                refused("mirrorlog.cluster { port = 25520, discovery.method = config }"));
    }

    @Test
    void shouldSpeakTlsWithCertificatesAndBindBeyondLoopbackOnlyThenOrWhenTold() {
        String tls = "mirrorlog.cluster.tls { certificate = /c.pem, key = /k.pem, authority = /ca.pem }\n";
        String host = "mirrorlog.cluster.host = 192.0.2.1\n";

        Settings secured = Settings.read(Settings.load(ConfigFactory.parseString(tls + host)), MACHINE);
        Settings insecure = Settings.read(
                Settings.load(ConfigFactory.parseString(host + "mirrorlog.cluster.insecure = true")), MACHINE);

        assertEquals("tls-tcp", secured.ofActorSystem(List.of()).getString("akka.remote.artery.transport"));
        assertEquals("/k.pem", secured.ofActorSystem(List.of())
                .getString("akka.remote.artery.ssl.rotating-keys-engine.key-file"));
        assertEquals("tcp", insecure.ofActorSystem(List.of()).getString("akka.remote.artery.transport"));
    }

    @Test
    void shouldCarryItsIdentityInItsRolesD16() {
        Settings settings = Settings.read(Settings.load(ConfigFactory.empty()), MACHINE);

        assertEquals(List.of("node-storage-1.example", "boot-" + MACHINE.bootId(), "machine-m-1", "after-b5",
                "after-b4", "after-b3", "after-b2", "release-unpacked"),
                settings.ofActorSystem(List.of("b5", "b4", "b3", "b2", "b1")).getStringList("akka.cluster.roles"));
    }

    @Test
    void d16ShouldTellAMachineFromOthersWithoutTellingItsMachineId(@TempDir Path directory) throws Exception {
        String id = "0123456789abcdef0123456789abcdef";
        Path file = Files.writeString(directory.resolve("machine-id"), id + "\n");

        assertTrue(MachineIdentity.idIn(file, List.of()).matches("[0-9a-f]{32}"));
        assertNotEquals(id, MachineIdentity.idIn(file, List.of()));
        assertEquals(MachineIdentity.idOf(id), MachineIdentity.idIn(file, List.of()));
        assertEquals("", MachineIdentity.idIn(directory.resolve("none"), List.of()), "a container without it");
        for (String none : List.of("", "uninitialized\n", "0".repeat(32))) {
            assertEquals("", MachineIdentity.idIn(Files.writeString(file, none), List.of()), none);
        }
        Settings set = Settings.read(Settings.load(ConfigFactory.parseString("mirrorlog.machine-id = rack-7")),
                MACHINE);
        assertEquals(MachineIdentity.idOf("rack-7"), set.machineId());
        assertTrue(MachineIdentity.uptimeMs() > 0);
    }

    /** /etc/machine-id goes along with the disks: a backup of a machine that is cut off may be started elsewhere. */
    @Test
    void d16ShouldNotTakeOtherHardwareWithTheSameDisksForTheSameMachine(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("machine-id"), "0123456789abcdef0123456789abcdef\n");
        Path old = Files.writeString(directory.resolve("old"), "4C4C4544-0001\n");
        Path other = Files.writeString(directory.resolve("other"), "4c4c4544-0002\n");
        Path sameOld = Files.writeString(directory.resolve("same"), "4c4c4544-0001\0");
        Path none = directory.resolve("none");

        String id = MachineIdentity.idIn(file, List.of(none, old));

        assertNotEquals(id, MachineIdentity.idIn(file, List.of(none, other)), "a backup on other hardware");
        assertNotEquals(id, MachineIdentity.idIn(file, List.of(none)), "who cannot tell proves nothing for who could");
        assertEquals(id, MachineIdentity.idIn(file, List.of(sameOld, other)), "booted again");
        assertEquals("", MachineIdentity.idIn(none, List.of(old)), "boards of one make may have one number");
    }

    @Test
    void shouldRefuseAHostNameThatIsNoNodeName() {
        BadSettingsException refusal = assertThrows(BadSettingsException.class,
                () -> Settings.read(Settings.load(ConfigFactory.empty()), new MachineIdentity("bad name", "id", "")));

        assertEquals("mirrorlog.node-name", refusal.problems().get(0).path());
    }
}
